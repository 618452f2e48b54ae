//! People, on the pages of the real binary, without script: what they come in with, and how it ends.

use harness::{browser::Browser, real::Place};

const PASSWORD: &str = "walking to school together";

/// What stands in the field of this id.
fn value<'a>(body: &'a str, id: &str) -> &'a str {
    let from = body.find(&format!("id=\"{id}\"")).unwrap_or_else(|| panic!("no {id}: {body}"));
    body[from..].split("value=\"").nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn a_key_is_shown_once_and_can_be_taken_back() {
    let place = Place::new();
    let mut node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    assert_eq!(Browser::of(&node).open("/settings/keys").location(), Some("/sign-in"));
    let nameless = ann.send("/settings/keys", &[("label", " "), ("scope", "read")]);
    assert!(nameless.status == 422 && nameless.says("role=\"alert\""), "{nameless:?}");
    let made = ann.send("/settings/keys", &[("label", "Weekly <report>"), ("scope", "write")]);
    let key = value(&made.body, "made").to_owned();
    assert!(key.starts_with("cw_") && key.len() > 50 && made.head.contains("no-store"), "{made:?}");
    let page = ann.open("/settings/keys");
    assert!(page.says("Weekly &#60;report&#62;") && page.says("never used") && !page.says(&key), "{}", page.body);
    let app = ann.send("/settings/keys", &[("label", "Phone"), ("scope", "calendar")]);
    assert_eq!(value(&app.body, "made").split('-').count(), 5);
    assert_eq!(value(&app.body, "made-name"), "ann@example.org");
    assert_eq!(ann.send("/settings/keys", &[("label", "All"), ("scope", "everything")]).status, 404);
    assert!(node.stop().success());
    node.up();
    let mut ann = Browser::of(&node);
    assert_eq!(ann.send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]).status, 303);
    let page = ann.open("/settings/keys");
    let ids: Vec<&str> = page.body.split("name=\"id\" value=\"").skip(1).filter_map(|r| r.split('"').next()).collect();
    assert_eq!(ids.len(), 2);
    for id in ids {
        assert_eq!(ann.send("/settings/keys/end", &[("id", id)]).location(), Some("/settings/keys"));
    }
    assert!(!ann.open("/settings/keys").says("Phone"));
}

/// The block that a collaborative picked stands beside its name for whoever may see its profile, and for nobody else.
#[test]
fn a_picked_block_is_shown_to_who_may_see_it() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let block = |browser: &mut Browser| {
        let page = browser.open("/collaboratives");
        page.body.split("/quilt/").nth(1).unwrap().split('.').next().unwrap().to_owned()
    };
    let given = block(&mut ann);
    let other = if given == "41" { 42 } else { 41 };
    node.id(&[
        "record",
        "create",
        "collaborative",
        "--set",
        "name=Riverside",
        "--set",
        &format!("quilt_block={other}"),
    ]);
    harness::real::eventually("the picked block is shown", || block(&mut ann) == other.to_string());
    assert_eq!(block(&mut Browser::of(&node)), given, "a private profile tells strangers nothing");
}
