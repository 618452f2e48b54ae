//! The search of the real binary: on its pages, by command, and after its files were lost.

use std::fs;

use harness::{
    browser::Browser,
    real::{Place, eventually},
};
use serde_json::{Value, json};

const PASSWORD: &str = "walking to school together";

/// Whoever saved something finds it at once, misspelled or in another form, on the pages and by command.
#[test]
fn what_was_just_saved_is_found_though_it_is_misspelled() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let fields = [("title", "Walking to school"), ("summary", "Soirée à l’école."), ("_audience", "public")];
    assert_eq!(ann.send("/practices/new?kind=practice", &fields).status, 303);
    for words in ["walks", "school", "SOIREE", "ecoles", "walk+sch", "shcool", "the+walks+to+school"] {
        let page = ann.open(&format!("/search?q={words}"));
        assert!(page.says("href=\"/practices/"), "{words}: {}", page.body);
    }
    assert!(ann.open("/search?q=walks").says("<mark>Walking</mark> to school"));
    let misspelled = ann.open("/practices?q=shcool");
    assert!(
        misspelled.says("Did you mean:") && misspelled.says("href=\"/practices?q=school&#38;page=1\""),
        "{misspelled:?}"
    );
    assert!(!ann.open("/practices?q=school").says("Did you mean"));
    assert!(!ann.open("/search?q=zebra").says("Did you mean"));
    for n in 0..5 {
        let title = format!("Quilting circle {n}");
        node.id(&["record", "create", "practice", "--set", &format!("title={title}"), "--set", "summary=We sew."]);
        let found = node.ask(&["search", "quilt", "circle", &n.to_string()]);
        assert_eq!(found["records"][0]["title"], json!(title), "{found}");
    }
    assert_eq!(node.ask(&["search", "qiulting"])["instead"], json!("quilting"));
}

/// Neither what is found, nor how many, nor a suggestion tells a stranger of what is not for them.
#[test]
fn nothing_that_a_stranger_gets_comes_from_what_is_not_for_them() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let public = ["--set", "title=Community supper", "--set", "summary=We eat together.", "--audience", "public"];
    node.id(&[&["record", "create", "practice"][..], &public].concat());
    let mut stranger = Browser::of(&node);
    eventually("the public record is found", || stranger.open("/search?q=supper").says("href=\"/practices/"));
    let paths = [
        "/search?q=safehose",
        "/search?q=safehouse",
        "/search/suggest?q=safe",
        "/search?q=suppers",
        "/search?q=super",
        "/search",
    ];
    // Ages are told in days, and both readings are of one day.
    let before: Vec<String> = paths.iter().map(|path| stranger.open(path).body).collect();
    for audience in ["private", "network"] {
        let fields = ["--set", "title=Safehouse supper", "--set", "summary=A safehouse.", "--audience", audience];
        node.id(&[&["record", "create", "practice"][..], &fields].concat());
    }
    assert_eq!(node.ask(&["search", "safehouse"])["records"].as_array().unwrap().len(), 2);
    let after: Vec<String> = paths.iter().map(|path| stranger.open(path).body).collect();
    assert_eq!(before, after);
    let titles = |browser: &mut Browser, words: &str| -> Value {
        serde_json::from_str(&browser.open(&format!("/search/suggest?q={words}")).body).unwrap()
    };
    assert_eq!(titles(&mut stranger, "supp")["titles"][0]["title"], json!("Community supper"));
    assert_eq!(titles(&mut stranger, "safe")["titles"], json!([]));
}

/// The index is derived: damaged or gone, it is made anew, and the node starts and finds all the same.
#[test]
fn a_lost_or_damaged_index_is_made_anew() {
    let place = Place::new();
    let mut node = place.with_pages("Riverside");
    for title in ["Bread and butter", "Bread alone"] {
        node.id(&["record", "create", "practice", "--set", &format!("title={title}"), "--set", "summary=We bake."]);
    }
    let folder = node.home().join("search");
    let count = |node: &harness::real::Node| node.ask(&["search", "bread"])["records"].as_array().unwrap().len();
    let meta = folder.join("meta.json");
    eventually("it is written", || fs::read_to_string(&meta).is_ok_and(|text| text.contains("max_doc")));
    for damage in ["none", "garbled", "cut", "gone", "in the way"] {
        assert!(node.stop().success());
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
        match damage {
            "garbled" => files.iter().for_each(|file| {
                let mut bytes = fs::read(file).unwrap();
                bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
                fs::write(file, bytes).unwrap();
            }),
            "cut" => files.iter().for_each(|file| fs::write(file, "").unwrap()),
            "gone" => fs::remove_dir_all(&folder).unwrap(),
            "in the way" => {
                fs::remove_dir_all(&folder).unwrap();
                fs::write(&folder, "not a folder").unwrap();
            }
            _ => {}
        }
        node.up();
        eventually("all is found", || count(&node) == 2);
        eventually("it is written", || fs::read_to_string(&meta).is_ok_and(|text| text.contains("max_doc")));
    }
}
