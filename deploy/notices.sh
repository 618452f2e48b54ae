#!/usr/bin/env bash
# Lists in deploy/NOTICES whose work is built into `commonweal`: crate, version, licence, for Linux on x86-64.
#   deploy/notices.sh           writes the list anew, below what people wrote
#   deploy/notices.sh --check   fails when the list is out of date
#   deploy/notices.sh --texts   prints every licence in full, as the package ships them
set -euo pipefail
cd "$(dirname "$0")/.."

crates() {
    cargo tree --locked --package commonweal --edges normal --target x86_64-unknown-linux-gnu --prefix none \
        --format '{p}|{l}' | sed -E 's/ \(\*\)//; s/ \(proc-macro\)//' | grep -v '(/' | sort -u |
        sed -E 's/^([^ ]+) v([^|]+)\|(.*)$/\1 \2: \3/'
}

notices() {
    sed '/^## Crates/q' deploy/NOTICES
    printf '\n'
    crates
}

texts() {
    local name version licence seen="" text sum
    while read -r name version licence; do
        printf '\n======== %s %s %s\n' "$name" "$version" "$licence"
        for text in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/"$name-${version%:}"/{LICEN[CS]E,COPYING,COPYRIGHT,NOTICE}*; do
            [ -f "$text" ] || continue
            sum="$(cksum <"$text")"
            case "$seen" in
            *"[$sum]"*) printf '(%s: as printed above, word for word)\n' "${text##*/}" ;;
            *) seen="${seen}[$sum]" && printf '\n' && cat "$text" ;;
            esac
        done
    done < <(crates)
}

case "${1:-}" in
--check) diff <(notices) deploy/NOTICES || { echo "deploy/NOTICES is out of date; type: deploy/notices.sh" >&2 && exit 1; } ;;
--texts) texts ;;
*) notices >"deploy/NOTICES.new" && mv deploy/NOTICES.new deploy/NOTICES ;;
esac
