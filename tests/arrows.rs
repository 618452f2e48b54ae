//! The arrows of the house, read off the sources: who depends on whom, who may touch a clock, what stands in no file.
//!
//! Each rule is shown to fail on a file made up for it, so that a rule nobody can break is noticed too.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file of the tree: its path from the root, with forward slashes, and what it says.
struct File {
    path: String,
    text: String,
}

/// What must hold of every file.
struct Rule {
    says: &'static str,
    holds: fn(&File) -> bool,
}

const RULES: [Rule; 17] = [
    Rule { says: "protocol knows no other member, and none of tokio, libp2p, sled", holds: protocol_stands_alone },
    Rule { says: "node knows neither cli nor Automerge", holds: node_is_below_cli },
    Rule { says: "cli reaches store, network and Automerge through node and protocol", holds: cli_goes_through_node },
    Rule { says: "only node/src/store names sled", holds: sled_is_the_stores },
    Rule { says: "only node/src/network names libp2p", holds: libp2p_is_the_networks },
    Rule { says: "only node/src/index names tantivy", holds: tantivy_is_the_indexs },
    Rule { says: "in protocol only record and gate name Automerge", holds: automerge_is_behind_the_gate },
    Rule { says: "only node/src/clock.rs reads the clock", holds: one_clock },
    Rule { says: "only node/src/clock.rs asks for randomness", holds: one_dice },
    Rule { says: "a source file opens with what it is for", holds: opens_with_its_purpose },
    Rule { says: "a source file has 400 lines at most, its tests aside", holds: fits_in_a_head },
    Rule { says: "what is not finished does not stand here", holds: is_finished },
    Rule { says: "no panic stands for a deed that is still to be written", holds: is_written },
    Rule { says: "no file names the host of a package registry", holds: names_no_registry },
    Rule { says: "no file names a path of somebody's machine", holds: names_no_machine },
    Rule { says: "no file leads out of the tree", holds: stays_in_the_tree },
    Rule {
        says: "the style says start and end, not left and right, so that pages can be read from the right",
        holds: reads_both_ways,
    },
];

/// Files that may be longer, each with its reason. None is, and that is worth some trouble.
const LONG: [(&str, &str); 0] = [];

#[test]
fn the_arrows_hold() {
    let broken: Vec<String> = tree().iter().flat_map(complaints).collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn each_rule_can_be_broken() {
    let member =
        |name: &str, dependency: &str| (format!("{name}/Cargo.toml"), format!("[dependencies]\n{dependency}\n"));
    let source = |path: &str, code: &str| (path.to_owned(), format!("//! What it is for.\n{code}\n"));
    let read = |code: &str| source("node/src/web.rs", code);
    let made_up = [
        member("protocol", "tokio.workspace = true"),
        member("node", "automerge = { version = \"1\" }"),
        member("cli", "sled = \"1\""),
        read("use sled::Db;"),
        source("protocol/src/identity.rs", "fn key() -> libp2p::PeerId {}"),
        source("node/src/search.rs", "use tantivy::Index;"),
        source("protocol/src/roster.rs", "use automerge::Automerge;"),
        read("use std::{\n    io,\n    time::{Duration, SystemTime},\n};"),
        read("let chance = getrandom::u64();"),
        ("node/src/web.rs".into(), "use std::io;\n".into()),
        read(&"\n".repeat(400)),
        ("README.md".into(), format!("{}: write this\n", ["TO", "DO"].concat())),
        read(&["to", "do!()"].concat()),
        ("README.md".into(), format!("Get it from {}.\n", ["crates", ".io"].concat())),
        ("README.md".into(), format!("Go to `{}`.\n", ["/ho", "me/ann"].concat())),
        ("README.md".into(), format!("See {}.\n", ["../sha", "red/house.md"].concat())),
        ("node/assets/css/commonweal.css".into(), "a { padding-left: 1rem; }\n".into()),
    ];
    for (rule, (path, text)) in RULES.iter().zip(made_up) {
        let told = complaints(&File { path, text });
        assert!(matches!(&told[..], [only] if only.ends_with(rule.says)), "{}: {told:?}", rule.says);
    }
}

#[test]
fn what_is_allowed_is_not_complained_about() {
    let fine = [
        ("node/src/store/open.rs", "//! Opens.\nuse sled::Db;\n"),
        ("node/src/network.rs", "//! Links.\nuse libp2p::Swarm;\nuse tokio::time::{Instant, sleep_until};\n"),
        ("node/src/clock.rs", "//! Time.\nuse std::time::SystemTime;\nfn dice() { getrandom::u64(); }\n"),
        ("protocol/src/gate.rs", "//! The gate.\nuse automerge::Change;\n"),
        ("node/src/home.rs", "//! Where sled keeps its files.\nfn sled() {} // not sled::Db\n"),
        ("node/src/web.rs", "//! Pages.\n#[cfg(test)]\nmod tests {\n    use std::time::Instant;\n}\n"),
        ("node/src/journal/tests.rs", "//! Tests.\nuse std::time::Instant;\n"),
        ("protocol/Cargo.toml", "[dependencies]\nminicbor.workspace = true\n[package.metadata]\ntokio = 1\n"),
        ("README.md", "https://example.org/home/page\n"),
        ("node/assets/css/commonweal.css", "a:hover { margin: 0 auto; text-align: start; } /* left */\n"),
    ];
    for (path, text) in fine {
        let told = complaints(&File { path: path.into(), text: text.into() });
        assert!(told.is_empty(), "{told:?}");
    }
}

#[test]
fn the_list_of_long_files_is_short_of_nothing() {
    for (path, reason) in LONG {
        let lines = fs::read_to_string(root().join(path)).map(|text| own_lines(&text)).unwrap_or(0);
        assert!(lines > MAX_LINES && !reason.is_empty(), "{path} has {lines} lines: take it off the list");
    }
}

fn complaints(file: &File) -> Vec<String> {
    let broken = RULES.iter().filter(|rule| !(rule.holds)(file));
    broken.map(|rule| format!("{}: {}", file.path, rule.says)).collect()
}

// The tree.

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every text of the tree but the lock file, which is cargo's, and what a fuzzer wrote, which says nothing.
fn tree() -> Vec<File> {
    let (root, mut files) = (root(), vec![]);
    walk(&root, &root, &mut files);
    assert!(files.iter().any(|file| file.path == "node/src/clock.rs"), "the sources were not found");
    files
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if path.is_dir() && !["target", ".git", "corpus"].contains(&name) {
            walk(root, &path, files);
        } else if path.is_file() && ![".git", "Cargo.lock"].contains(&name) {
            // What is not text has no words to judge.
            let Ok(text) = fs::read_to_string(&path) else { continue };
            files.push(File { path: path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"), text });
        }
    }
}

// Who depends on whom.

fn protocol_stands_alone(file: &File) -> bool {
    knows_none(file, "protocol", &["node", "cli", "tokio", "libp2p", "sled"])
}

fn node_is_below_cli(file: &File) -> bool {
    knows_none(file, "node", &["cli", "automerge"])
}

fn cli_goes_through_node(file: &File) -> bool {
    knows_none(file, "cli", &["libp2p", "sled", "automerge"])
}

fn knows_none(file: &File, member: &str, strangers: &[&str]) -> bool {
    file.path != format!("{member}/Cargo.toml") || !dependencies(&file.text).any(|name| strangers.contains(&name))
}

/// What the tables of dependencies name, whichever table and whichever way of writing one.
fn dependencies(manifest: &str) -> impl Iterator<Item = &str> {
    let mut within = false;
    manifest.lines().filter_map(move |line| {
        let Some(table) = line.strip_prefix('[') else {
            let name = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty());
            return name.filter(|_| within);
        };
        let table = table.trim_end_matches(']');
        within = table.ends_with("dependencies");
        table.split_once("dependencies.").map(|(_, name)| name)
    })
}

fn sled_is_the_stores(file: &File) -> bool {
    file.path.starts_with("node/src/store") || !reaches(file, "sled")
}

fn libp2p_is_the_networks(file: &File) -> bool {
    file.path.starts_with("node/src/network") || !reaches(file, "libp2p")
}

fn tantivy_is_the_indexs(file: &File) -> bool {
    file.path.starts_with("node/src/index") || !reaches(file, "tantivy")
}

fn automerge_is_behind_the_gate(file: &File) -> bool {
    let inside = ["protocol/src/record", "protocol/src/gate"].iter().any(|place| file.path.starts_with(place));
    inside || !file.path.starts_with("protocol/src") || !reaches(file, "automerge")
}

fn reaches(file: &File, name: &str) -> bool {
    let ours = is_source(file) && !file.path.starts_with("tests/");
    let code = code(&file.text);
    ours && (mentions(&code, &format!("{name}::")) || mentions(&code, &format!("use {name}")))
}

// Time and chance.

/// The clock of the system. tokio's timers and instants are how loops wait, and a test can stop them.
fn one_clock(file: &File) -> bool {
    let clocks = ["std::time::SystemTime", "std::time::Instant"];
    may_ask_the_system(file) || !clocks.iter().any(|clock| says(file, clock))
}

fn one_dice(file: &File) -> bool {
    may_ask_the_system(file) || !["getrandom::", "rand::", "OsRng"].iter().any(|dice| says(file, dice))
}

fn may_ask_the_system(file: &File) -> bool {
    let member = ["protocol/", "node/", "cli/"].iter().any(|member| file.path.starts_with(member));
    file.path == "node/src/clock.rs" || is_test(file) || !member || !is_source(file)
}

/// Whether the code names this, in full or through nested braces of a `use`.
fn says(file: &File, path: &str) -> bool {
    let code = code(&file.text);
    let used = code.split(';').filter_map(|piece| piece.rsplit_once("use ")).flat_map(|(_, tree)| flat(tree));
    mentions(&code, path) || used.into_iter().any(|used| mentions(&used, path))
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn flat(tree: &str) -> Vec<String> {
    let tree: String = tree.chars().filter(|c| !c.is_whitespace()).collect();
    let (mut prefixes, mut word, mut paths) = (vec![String::new()], String::new(), vec![]);
    for c in tree.chars() {
        let prefix = prefixes.last().cloned().unwrap_or_default();
        match c {
            '{' => prefixes.push(prefix + &std::mem::take(&mut word)),
            ',' | '}' => {
                paths.push(prefix + &std::mem::take(&mut word));
                // A brace too many belongs to what is no `use` at all.
                prefixes.truncate((prefixes.len() - usize::from(c == '}')).max(1));
            }
            _ => word.push(c),
        }
    }
    paths.push(word);
    paths
}

// How a file reads.

const MAX_LINES: usize = 400;

fn opens_with_its_purpose(file: &File) -> bool {
    !is_source(file) || file.text.starts_with("//! ")
}

fn fits_in_a_head(file: &File) -> bool {
    let may = is_test(file) || LONG.iter().any(|(path, _)| *path == file.path);
    may || !is_source(file) || own_lines(&file.text) <= MAX_LINES
}

fn is_finished(file: &File) -> bool {
    ![["TO", "DO"], ["FIX", "ME"]].iter().any(|word| mentions(&file.text, &word.concat()))
}

fn is_written(file: &File) -> bool {
    ![["to", "do!"], ["unimple", "mented!"]].iter().any(|word| mentions(&file.text, &word.concat()))
}

// What stands in no file. The words are put together here, since this file is one of them.

fn names_no_registry(file: &File) -> bool {
    let hosts = [["crates", ".io"], ["py", "pi.org"], ["python", "hosted.org"], ["npm", "js.org"], ["npm", "js.com"]];
    let more = [["debi", "an.org"], ["proxy.", "golang.org"]];
    !hosts.iter().chain(&more).any(|host| file.text.contains(&host.concat()))
}

fn names_no_machine(file: &File) -> bool {
    let folders = [["/ho", "me/"], ["/wo", "rk/"], ["/tm", "p/"], ["/ro", "ot/"]];
    !folders.iter().any(|folder| {
        let folder = folder.concat();
        let places = file.text.match_indices(&folder).map(|(at, _)| &file.text[..at]);
        // In an address it is somebody's page.
        places.into_iter().any(|before| !before.ends_with(|c: char| c.is_alphanumeric() || "-_.}".contains(c)))
    })
}

fn stays_in_the_tree(file: &File) -> bool {
    !file.text.contains(&["../sha", "red"].concat())
}

// How a page reads.

fn reads_both_ways(file: &File) -> bool {
    let rules = file.text.split([';', '{', '}']).filter_map(|rule| rule.split_once(':'));
    !file.path.ends_with(".css") || !rules.into_iter().any(|(name, value)| is_sided(name.trim(), value.trim()))
}

/// Whether a rule of style means one side of the screen: `left`, `padding-right`, four paddings that differ.
fn is_sided(name: &str, value: &str) -> bool {
    let side = |text: &str| ["left", "right"].contains(&text);
    let aligns = ["text-align", "float", "clear"].contains(&name) && side(value);
    let sizes: Vec<&str> = value.split_whitespace().collect();
    let four = ["margin", "padding", "inset"].contains(&name) && sizes.len() == 4 && sizes[1] != sizes[3];
    side(name) || name.split('-').skip(1).any(side) || aligns || four
}

// Reading sources.

fn is_source(file: &File) -> bool {
    file.path.ends_with(".rs")
}

fn is_test(file: &File) -> bool {
    file.path.starts_with("tests/") || file.path.contains("/tests/") || file.path.ends_with("/tests.rs")
}

/// Lines before the file's own tests.
fn own_lines(text: &str) -> usize {
    before_tests(text).lines().count()
}

fn before_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// What the compiler reads of a source, its tests aside.
fn code(text: &str) -> String {
    let line = |line: &str| match line.trim_start().starts_with("//") {
        true => String::new(),
        false => line.split(" // ").next().unwrap_or_default().to_owned() + "\n",
    };
    before_tests(text).lines().map(line).collect()
}

/// Whether a word stands in a text, not merely as the end of a longer one.
fn mentions(text: &str, word: &str) -> bool {
    let starts = |at: usize| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| starts(at))
}
