//! The pages of the real binary, read without script: who sees what, and what becomes of what is written there.

use harness::{
    browser::{Browser, Page},
    program::Program,
    real::{Node, Place, eventually},
};

const PASSWORD: &str = "walking to school together";

/// Riverside, with pages, and somebody who is signed in there.
fn riverside(place: &Place) -> (Node, Browser) {
    let node = place.with_pages("Riverside");
    let browser = Browser::set_up(&node, "Ann@example.org", PASSWORD);
    (node, browser)
}

/// Writes a practice by its form; its address.
fn write(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = browser.send("/practices/new?kind=practice", fields);
    assert_eq!(page.status, 303, "{page:?}");
    page.location().unwrap().to_owned()
}

#[test]
fn what_is_public_is_read_by_anybody_and_the_rest_by_who_is_signed_in() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let mut stranger = Browser::of(&node);
    let mut addresses = vec![];
    for audience in ["private", "network", "public"] {
        let title = format!("Canary {audience}");
        let fields = [("title", title.as_str()), ("summary", "What we do."), ("_audience", audience)];
        addresses.push(write(&mut ann, &fields));
    }
    for (path, seen) in [("/", 1), ("/practices", 1), ("/search?q=canary", 1), ("/practices?q=private", 0)] {
        let page = stranger.open(path);
        assert_eq!(page.body.matches("href=\"/practices/").count(), seen, "{path}: {}", page.body);
        assert!(!page.says("Canary private") && !page.says("Canary network"), "{path}");
    }
    let gone = stranger.open("/practices/zzzz");
    for (address, status) in addresses.iter().zip([404, 404, 200]) {
        let page = stranger.open(address);
        assert_eq!(page.status, status);
        assert!(status == 200 || page.body == gone.body, "forbidden and unknown answer alike");
        assert_eq!(ann.open(address).status, 200);
        for deed in ["edit", "share", "delete"] {
            let page = stranger.open(&format!("{address}/{deed}"));
            assert_eq!(page.location(), Some("/sign-in"), "{deed}");
            let sent = stranger.send(&format!("{address}/{deed}"), &[("title", "Mine"), ("_audience", "public")]);
            assert_eq!(sent.location(), Some("/sign-in"), "{deed}");
        }
    }
    assert!(stranger.send("/practices/new", &[("title", "Mine")]).location() == Some("/sign-in"));
    let inside = ann.open("/practices");
    assert!(["Canary private", "Canary network", "Canary public"].iter().all(|title| inside.says(title)));
}

#[test]
fn only_the_code_from_the_console_and_then_the_password_lead_in() {
    let place = Place::new();
    let mut node = place.with_pages("Riverside");
    let code = node.pages.as_ref().unwrap().code.clone().unwrap();
    let mut browser = Browser::of(&node);
    let try_in = |browser: &mut Browser, password: &str| {
        browser.send("/sign-in", &[("name", "ann@example.org"), ("password", password)]).status
    };
    let first = |browser: &mut Browser, password: &str| {
        browser.send("/set-up/account", &[("email", "ann@example.org"), ("password", password)])
    };
    assert_eq!(browser.open("/sign-in").location(), Some("/set-up"));
    assert_eq!(first(&mut browser, PASSWORD).location(), Some("/set-up"), "without the code nobody gets in");
    assert_eq!(browser.send("/set-up", &[("code", "aaaa-aaaa")]).status, 403);
    assert_eq!(browser.send("/set-up", &[("code", &code.to_uppercase())]).status, 303);
    assert_eq!(first(&mut browser, "short").status, 422);
    assert_eq!(first(&mut browser, PASSWORD).status, 303);
    assert!(browser.open("/settings").says("ann@example.org"));
    let late = Browser::of(&node).send("/set-up", &[("code", &code)]);
    assert_eq!(late.location(), Some("/sign-in"), "the code worked once");
    assert!(!node.log().contains(&code) && !node.log().contains("ann@example.org"), "logs tell neither");

    // Whoever is signed in stays so over a restart, and is out everywhere after signing out.
    assert!(node.stop().success());
    node.up();
    assert!(node.pages.as_ref().unwrap().code.is_none());
    let mut again = Browser::of(&node);
    assert_eq!(again.send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]).status, 303);
    assert!(again.open("/settings").says("ann@example.org"));
    assert_eq!(again.send_from("http://evil.example", "/sign-out", &[]).status, 403, "only our own pages send forms");
    let mut copied = again.clone();
    assert_eq!(again.send("/sign-out", &[]).status, 303);
    assert_eq!(again.open("/settings").location(), Some("/sign-in"));
    assert_eq!(copied.open("/settings").location(), Some("/sign-in"), "nor does a copy of the cookie lead in any more");

    // Guessing ends soon, also for who knows the password.
    let mut guesser = Browser::of(&node);
    let answers: Vec<u16> = (0..9).map(|n| try_in(&mut guesser, &format!("guess number {n} of many"))).collect();
    assert_eq!((answers[7], answers[8]), (403, 429));
    assert_eq!(try_in(&mut guesser, PASSWORD), 429);
}

#[test]
fn a_practice_is_written_changed_shared_and_deleted() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let short = ann.send("/practices/new?kind=practice", &[("summary", "No title yet."), ("_audience", "private")]);
    assert!(short.status == 422 && short.says("No title yet.") && short.says("Nothing you typed is lost"), "{short:?}");
    let address = write(
        &mut ann,
        &[
            ("title", "Walk to school"),
            ("summary", "Two grown-ups walk along."),
            ("steps[1].text", "Ask at the school."),
            ("steps[2].text", "Find two grown-ups."),
            ("components", "local_leadership"),
            ("components", "physical_space"),
            ("_audience", "private"),
        ],
    );
    let page = ann.open(&address);
    for text in ["Walk to school", "Ask at the school.", "Local leadership", "Access to physical space"] {
        assert!(page.says(text), "{text}: {}", page.body);
    }

    let form = ann.open(&format!("{address}/edit"));
    let heads = form.body.split("name=\"_heads\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let was = [
        ("was:title", "Walk to school"),
        ("was:steps[1].text", "Ask at the school."),
        ("was:steps[2].text", "Find two grown-ups."),
        ("_heads", heads.as_str()),
    ];
    let change = [
        ("title", "Walk to school together"),
        ("steps[1].text", ""),
        ("steps[2].text", "Find two grown-ups."),
        ("steps[3].text", ""),
        ("steps[4].text", "Begin on a Monday."),
    ];
    let changed = ann.send(&format!("{address}/edit"), &[&was[..], &change[..]].concat());
    assert_eq!(changed.location(), Some(address.as_str()), "{changed:?}");
    let page = ann.open(&address);
    assert!(
        page.says("Walk to school together") && page.says("Begin on a Monday.") && page.says("Find two grown-ups.")
    );
    assert!(!page.says("Ask at the school."), "an emptied step goes");

    // A second tab still has the old form: what it changed is added, and nothing of the first is undone.
    let stale =
        [("was:summary", "Two grown-ups walk along."), ("summary", "Three grown-ups walk along."), ("_heads", &heads)];
    assert_eq!(ann.send(&format!("{address}/edit"), &stale).status, 303);
    let page = ann.open(&address);
    assert!(page.says("Walk to school together") && page.says("Three grown-ups walk along."));

    assert!(ann.open(&format!("{address}/share")).says("without its history"));
    // Who sends it without a look is shown it first.
    let look = ann.send(&format!("{address}/share"), &[("_audience", "public")]);
    assert!(look.status == 200 && look.says("This is how it will look"), "{look:?}");
    let heads = look.body.split("name=\"_heads\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let shared = ann.send(&format!("{address}/share"), &[("_audience", "public"), ("_heads", heads)]);
    let public = shared.location().unwrap().to_owned();
    assert_ne!(public, address);
    assert!(Browser::of(&node).open(&public).says("Walk to school together"));
    assert!(ann.open(&format!("{public}/delete")).says("Delete this everywhere?"));
    assert_eq!(ann.send(&format!("{public}/delete"), &[]).location(), Some(public.as_str()));
    assert_eq!(ann.open(&public).status, 410);
    assert!(!ann.open("/practices").says("Walk to school together"));
}

/// Letter by letter, a search could else tell where a shelter is.
#[test]
fn a_confidential_address_is_found_by_nobody() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let sets =
        ["name=Haven", "location_type=physical", "address_confidential=yes", "transportation=Bus 7 to Elm Street"];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    node.id(&[&["record", "create", "location"][..], &sets, &["--audience", "public"]].concat());
    eventually("it is listed", || ann.open("/directory").says("Haven"));
    let mut stranger = Browser::of(&node);
    assert!(stranger.open("/directory?q=haven").says("Haven"));
    assert!(!stranger.open("/directory?q=elm").says("Haven"));
    assert!(stranger.open("/api/v1/records?words=haven").says("Haven"));
    assert!(!stranger.open("/api/v1/records?words=elm").says("Haven"));
    assert!(ann.open("/directory").head.contains("cache-control: no-store"), "others may sit at this browser next");
    assert!(stranger.open("/directory").head.contains("cache-control: private, no-cache"));
}

/// What once was written, and what waits to be chosen from, would tell where a shelter is as well.
#[test]
fn a_confidential_address_stands_in_no_history_and_no_choice() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let sets = [
        "name=Haven",
        "location_type=physical",
        "transportation=Bus 7 to Elm Street",
        "latitude=44.512",
        "longitude=-69.1",
    ];
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let id = node.id(&[&["record", "create", "location"][..], &sets, &["--audience", "network"]].concat());
    let at = format!("/directory/{id}");
    eventually("it is listed", || ann.open(&at).status == 200);
    let heads =
        |page: &Page| page.body.split("name=\"_heads\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let first = heads(&ann.open(&format!("{at}/edit")));
    let change = |ann: &mut Browser, heads: &str, name: &str, value: &str| {
        let was = format!("was:{name}");
        let page = ann.send(&format!("{at}/edit"), &[("_heads", heads), ("_seen", "yes"), (name, value), (&was, "x")]);
        assert_eq!(page.status, 303, "{page:?}");
    };
    change(&mut ann, &first, "address_confidential", "yes");
    let now = heads(&ann.open(&format!("{at}/edit")));
    for latitude in ["44.61", "44.62"] {
        change(&mut ann, &now, "latitude", latitude);
    }
    let versions = |page: &Page| -> Vec<String> {
        let begin = format!("href=\"{at}/history/");
        let links = page.body.split(&begin).skip(1);
        links.map(|link| format!("{at}/history/{}", link.split('"').next().unwrap())).collect()
    };
    let of_ann = versions(&ann.open(&format!("{at}/history")));
    assert_eq!(of_ann.len(), 4);
    assert!(of_ann.iter().any(|version| ann.open(version).says("Elm")), "who edits it reads what it was");
    assert!(ann.open(&at).says("44.61"), "who edits it chooses");
    let ids = id.as_str();
    for (role, name) in [("reader", "rob@example.org"), ("coordinator", "cora@example.org")] {
        let page = ann.send("/settings/people", &[("role", role), ("days", "7")]);
        let link = page.body.split("/welcome/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut guest = Browser::of(&node);
        assert_eq!(guest.send(&format!("/welcome/{link}"), &[("name", name), ("password", PASSWORD)]).status, 303);
        let mut read = vec![at.clone(), format!("{at}/history")];
        read.extend(of_ann.iter().cloned());
        for page in read {
            let page = guest.open(&page);
            assert!(
                page.status == 200 && page.says("Haven") && !page.says("Elm") && !page.says("44."),
                "{role}: {page:?}"
            );
        }
        let program = Program::of(&node, Some(&guest.key("read")));
        let change = of_ann[0].rsplit('/').next().unwrap();
        for path in [format!("/records/{ids}?history=true"), format!("/records/{ids}/versions/{change}")] {
            assert!(!program.get(&path).1.to_string().contains("Elm"), "{role}: {path}");
        }
    }
}

#[test]
fn what_neighbors_send_is_shown_and_can_do_nothing() {
    let place = Place::new();
    let host = place.node("Riverside");
    host.ask(&["network", "found", "--name", "Valley Network"]);
    let guest = place.with_pages("Hillside");
    guest.join(&host);
    let hostile = "<script>alert(1)</script>\" onload=\"x";
    let id = host.id(&[
        "record",
        "create",
        "practice",
        "--set",
        &format!("title={hostile}"),
        "--set",
        &format!("summary={hostile}"),
        "--audience",
        "public",
    ]);
    guest.comes_to_show(&[hostile]);
    let mut reader = Browser::of(&guest);
    eventually("the page shows it", || reader.open("/practices").says("alert(1)"));
    assert!(!reader.open("/").says("Valley Network"), "which network it is in, nobody told strangers");
    for path in ["/", "/practices", "/search?q=%3Cscript%3E", &format!("/practices/{id}")] {
        let page = reader.open(path);
        assert!(!page.says("<script>alert") && !page.says("\" onload=\""), "{path}: {}", page.body);
        assert!(page.head.contains("content-security-policy: default-src 'none'"));
    }
    assert_eq!(reader.send("/sign-in", &[("name", &"a".repeat(100_000))]).status, 413);
    assert_eq!(reader.open("/practices/../../etc/passwd").status, 404);
    assert_eq!(reader.open(&format!("/practices?q={}", "a".repeat(20_000))).status, 200);
    assert!(reader.open("/practices?page=18446744073709551615&topics=x&topics=y").says("Nothing matches"));
}

#[test]
fn the_pages_speak_french_to_who_asks_for_it() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut reader = Browser::of(&node);
    assert!(reader.open("/practices").says("<html lang=\"en\""));
    assert_eq!(reader.send("/language", &[("language", "fr")]).status, 303);
    let page = reader.open("/practices");
    assert!(page.says("<html lang=\"fr\"") && page.says("Chercher une pratique"));
    assert_eq!(reader.send("/theme", &[("theme", "dark")]).status, 303);
    assert!(reader.open("/").says("data-theme=\"dark\""));
}
