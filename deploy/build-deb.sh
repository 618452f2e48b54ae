#!/usr/bin/env bash
# Makes a Debian package of a built binary, for the machine's own architecture.
#   cargo build --release && deploy/build-deb.sh [BINARY] [FOLDER FOR THE PACKAGE]
set -euo pipefail
cd "$(dirname "$0")/.."

binary="$(realpath "${1:-target/release/commonweal}")"
out="$(realpath "${2:-target}")"
version="$("$binary" --version | cut -d' ' -f2)"
arch="$(dpkg --print-architecture)"
# The C library it was linked with: an older one lacks what it calls.
libc="$(objdump -T "$binary" | grep -o 'GLIBC_[0-9.]*' | sort -uV | tail -1 | cut -d_ -f2)"

root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
umask 022

install -D -m 755 "$binary" "$root/usr/bin/commonweal"
install -D -m 644 deploy/commonweal.service "$root/usr/lib/systemd/system/commonweal.service"

"$binary" man "$root/usr/share/man/man1" >/dev/null
gzip -9n "$root"/usr/share/man/man1/*.1
complete() {
    mkdir -p "$root/usr/share/$2"
    "$binary" completions "$1" >"$root/usr/share/$2/$3"
}
complete bash bash-completion/completions commonweal
complete zsh zsh/vendor-completions _commonweal
complete fish fish/vendor_completions.d commonweal.fish

doc="$root/usr/share/doc/commonweal"
install -D -m 644 LICENSE "$doc/copyright"
install -m 644 deploy/NOTICES deploy/README.md deploy/SECURITY.md "$doc"
deploy/notices.sh --texts | gzip -9n >"$doc/licences.gz"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"

mkdir "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: commonweal
Version: $version
Architecture: $arch
Maintainer: The Commonweal contributors <contributors@commonweal.invalid>
Depends: libc6 (>= $libc), libgcc-s1, passwd
Section: net
Priority: optional
Installed-Size: $(du -sk "$root/usr" | cut -f1)
Description: network of community collaboratives without an owner
 Each collaborative runs a node of its own, keeps its practices, trainings and
 directory there, and shares with the others what it chooses to share.
END
# It is not started here: the first command shows 24 words that must be written down before.
cat >"$root/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
[ "$1" = configure ] || exit 0
getent passwd commonweal >/dev/null ||
    useradd --system --user-group --home-dir /var/lib/commonweal --no-create-home --shell /usr/sbin/nologin commonweal
install -d -o commonweal -g commonweal -m 0700 /var/lib/commonweal
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload
[ -z "$2" ] || systemctl try-restart commonweal.service
END
cat >"$root/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
[ "$1" = remove ] && [ -d /run/systemd/system ] || exit 0
systemctl disable --now commonweal.service
END
# Its home holds the collaborative's key. Nothing but a person should delete that.
cat >"$root/DEBIAN/postrm" <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
[ "$1" != purge ] || echo "The node's key and records are still in /var/lib/commonweal; delete that folder if you want them gone."
END
chmod 755 "$root"/DEBIAN/{postinst,prerm,postrm}
dpkg-deb --root-owner-group --build "$root" "$out/commonweal_${version}_$arch.deb"
