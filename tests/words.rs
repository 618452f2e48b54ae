//! The 24 words: seen again, and the way back when a machine is lost.

use std::{fs, path::Path};

use harness::real::{Place, commonweal, terminal};

const INVALID: i32 = 3;
const NOT_FOUND: i32 = 4;
const NOT_ALLOWED: i32 = 5;
const NOT_READY: i32 = 6;

#[test]
fn the_words_are_shown_again_on_a_terminal_or_where_it_is_meant() {
    let place = Place::new();
    let mut node = place.named("Riverside");
    let home = node.home().to_str().unwrap().to_owned();
    let said = commonweal(&["--home", &home, "words"], None);
    assert!(said.code == NOT_ALLOWED && said.out.is_empty() && said.err.contains("--show"), "{said:?}");
    let words = commonweal(&["--home", &home, "--json", "words", "--show"], None).json()["words"].clone();
    let words: Vec<&str> = words.as_str().unwrap().split(' ').collect();
    assert_eq!(words.len(), 24);
    let piped = commonweal(&["--home", &home, "words", "--show"], None);
    assert_eq!(piped.out.split_whitespace().collect::<Vec<_>>(), words, "a file holds the words alone");
    assert!(piped.err.contains("can act as your collaborative"), "{piped:?}");
    node.up();
    let shown = terminal(&["--home", &home, "words"]);
    assert!(shown.contains("can act as your collaborative"), "it warns: {shown}");
    assert!(words.iter().enumerate().all(|(n, word)| shown.contains(&format!("{} {word}", n + 1))), "{shown}");
    assert!(!node.log().contains(&words[..3].join(" ")), "the words stand in a log");
    let nowhere = commonweal(&["--home", &format!("{home}/nowhere"), "words", "--show"], None);
    assert!(nowhere.code == NOT_READY && nowhere.err.contains("there is no home"), "{nowhere:?}");
}

#[test]
fn words_that_are_not_right_make_no_home() {
    let place = Place::new();
    let node = place.named("Riverside");
    let home = node.home().to_str().unwrap();
    let words = commonweal(&["--home", home, "--json", "words", "--show"], None).json()["words"].clone();
    let words: Vec<&str> = words.as_str().unwrap().split(' ').collect();
    let with = |at: usize, word: &'static str| {
        let mut words = words.clone();
        words[at] = word;
        words.join(" ")
    };
    let swapped = [&words[1..2], &words[..1], &words[2..]].concat().join(" ");
    let new = place.path().join("new");
    let init = |text: &str| {
        commonweal(&["--home", new.to_str().unwrap(), "init", "--name", "Riverside", "--words", "-"], Some(text))
    };
    let cases = [
        (with(6, "tomatto"), &["word 7, `tomatto`, is not on the list", "spelling"][..]),
        (words[..23].join(" "), &["23 words", "has 24"]),
        (swapped, &["do not add up", "swapped"]),
        (String::new(), &["0 words"]),
    ];
    for (text, says) in cases {
        let said = init(&text);
        assert_eq!(said.code, INVALID, "{said:?}");
        assert!(says.iter().all(|word| said.err.contains(word)) && !new.exists(), "{said:?}");
    }
    let there = ["--home", home, "init", "--name", "Riverside", "--words", "-"];
    let said = commonweal(&there, Some(&words.join(" ")));
    assert!(said.code == INVALID && said.err.contains("is not empty; name a new folder"), "{said:?}");
    let said = commonweal(&[&there[..6], &["/nowhere/words"]].concat(), None);
    assert!(said.code == NOT_FOUND && said.err.contains("no file /nowhere/words"), "{said:?}");
    assert_eq!(init(&format!("1 {}", words.join("\n"))).code, 0, "a numbered sheet will do");
}

/// The home was made before the name was looked at. Then it was in the way: "the folder is not empty".
#[test]
fn a_name_or_place_that_is_not_right_makes_no_home() {
    let place = Place::new();
    let node = place.named("Riverside");
    let words = commonweal(&["--home", node.home().to_str().unwrap(), "--json", "words", "--show"], None).json();
    let (new, words) = (place.path().join("new"), words["words"].as_str().unwrap());
    let init = |more: &[&str], sheet| commonweal(&[&["--home", new.to_str().unwrap(), "init"], more].concat(), sheet);
    let long = "x".repeat(121);
    for (what, bad) in [
        ("the name", &["--name", &long][..]),
        ("the name", &["--name", " "]),
        ("the name", &["--name", "a\u{7}b"]),
        ("the place", &["--name", "Hillside", "--place", &long]),
    ] {
        for (more, sheet) in [(&["--words", "-"][..], Some(words)), (&[], None)] {
            let said = init(&[bad, more].concat(), sheet);
            assert!(said.code == INVALID && said.err.contains(what) && !new.exists(), "{said:?}");
        }
    }
    let longest = "x".repeat(120);
    assert_eq!(init(&["--name", &longest, "--place", "", "--words", "-"], Some(words)).code, 0);
}

/// Hillside's machine is stolen. A home made of the words has its key, and a node key that was never used before; it
/// comes back into the network.
#[test]
fn a_home_made_of_the_words_has_the_same_key_and_another_node() {
    let place = Place::new();
    let (host, mut lost, mut new) = (place.node("Riverside"), place.node("Hillside"), place.named("New machine"));
    host.ask(&["network", "found", "--name", "Valley Network"]);
    lost.join(&host);
    lost.practice("Warm line", "network");
    host.comes_to_show(&["Warm line"]);
    let words = |home: &Path| {
        commonweal(&["--home", home.to_str().unwrap(), "--json", "words", "--show"], None).json()["words"].clone()
    };
    let before = words(lost.home());
    lost.kill();
    fs::remove_dir_all(new.home()).unwrap();
    let sheet = place.path().join("sheet");
    fs::write(&sheet, before.as_str().unwrap()).unwrap();
    let made = new.ask(&["init", "--name", "Hillside", "--words", sheet.to_str().unwrap()]);
    assert!(made["words"].is_null(), "who has them need not see them: {made}");
    new.up();
    assert_eq!(words(new.home()), before);
    assert_ne!(new.key, lost.key, "a node key is never used twice");
    assert_eq!(new.key, made["node"].as_str().unwrap());
    // A neighbor's ticket brings it in, as the member it always was, with what the others have of it.
    new.ask(&["network", "join", &host.ticket(&[]), "--wait"]);
    new.comes_to_show(&["Warm line"]);
    let members = host.ask(&["network", "members"])["members"].as_array().unwrap().len();
    assert_eq!(members, 2);
    new.practice("By the new machine", "network");
    host.comes_to_show(&["By the new machine", "Warm line"]);
}
