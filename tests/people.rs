//! People, on the pages of the real binary, without script: what they come in with, and how it ends.

use harness::{
    browser::{Browser, Page},
    real::{Place, eventually},
};

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
    assert_eq!(value(&app.body, "made").split('-').count(), 6);
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
    eventually("the picked block is shown", || block(&mut ann) == other.to_string());
    assert_eq!(block(&mut Browser::of(&node)), given, "a private profile tells strangers nothing");
}

/// The path of a link that a page shows.
fn link(page: &Page) -> String {
    assert_eq!(page.status, 200, "{page:?}");
    let link = value(&page.body, "link");
    link[link.find("/welcome/").unwrap()..].to_owned()
}

#[test]
fn a_first_visit_is_made_step_by_step_and_gone_on_with_later() {
    let place = Place::new();
    let mut node = place.with_pages("Riverside");
    let hillside = place.node("Hillside");
    let code = node.pages.as_ref().unwrap().code.clone().unwrap();
    let mut ann = Browser::of(&node);
    assert_eq!(ann.open("/set-up/name").location(), Some("/set-up"), "the code comes first");
    assert_eq!(ann.open("/set-up/sheet").location(), Some("/set-up"));
    assert_eq!(ann.send("/set-up", &[("code", &code)]).location(), Some("/set-up"));
    assert_eq!(ann.open("/set-up").location(), Some("/set-up/name"));
    let asked = ann.open("/set-up/name");
    assert!(
        asked.says("value=\"Riverside\"") && !asked.says(" checked"),
        "who sees it is theirs to say: {}",
        asked.body
    );
    assert_eq!(ann.open("/set-up/sheet").location(), Some("/set-up"), "nobody has an account yet");
    let named = [("name", "Riverside Families"), ("place", "Maple River County"), ("audience", "network")];
    assert_eq!(ann.send("/set-up/name", &named).location(), Some("/set-up"));
    assert_eq!(ann.send("/set-up/block", &[("block", "77")]).location(), Some("/set-up"));
    let typed = [("called", "Ann"), ("email", "ann@example.org"), ("password", PASSWORD)];
    assert_eq!(ann.send("/set-up/account", &typed).location(), Some("/set-up"));

    // The browser is closed, the node starts anew; the next step is the one after the account.
    assert!(node.stop().success());
    node.up();
    let mut ann = Browser::signed_in(&node, "ann@example.org", PASSWORD);
    assert_eq!(ann.open("/set-up").location(), Some("/set-up/network"));
    hillside.ask(&["network", "found", "--name", "Valley Network"]);
    let ticket = hillside.ask(&["network", "invite"])["ticket"].as_str().unwrap().to_owned();
    let wrong = ann.send("/set-up/network", &[("way", "join"), ("ticket", "hello")]);
    assert!(wrong.status == 422 && wrong.says("hello</textarea>"), "{wrong:?}");
    assert!(wrong.says("This is not an invitation"), "{}", wrong.body);
    // The page of an invitation offers its link first.
    let link_to_it = format!("https://hillside.example/network/join?ticket={}", ticket.to_uppercase());
    assert_eq!(ann.send("/set-up/network", &[("way", "join"), ("ticket", &link_to_it)]).location(), Some("/set-up"));
    let sheet = ann.open("/set-up/sheet");
    let words = node.ask(&["words", "--show"])["words"].as_str().unwrap().to_owned();
    assert!(words.split(' ').all(|word| sheet.says(&format!("<li>{word}</li>"))), "{}", sheet.body);
    assert!(sheet.head.contains("cache-control: no-store"));
    assert_eq!(ann.send("/set-up/sheet", &[]).location(), Some("/set-up"));
    let invited = link(&ann.send("/set-up/colleagues", &[("way", "invite"), ("role", "editor"), ("days", "7")]));
    assert!(Browser::of(&node).open(&invited).says("Ann invites you to Riverside Families"));
    assert_eq!(ann.send("/set-up/colleagues", &[]).location(), Some("/set-up"));
    assert_eq!(ann.open("/set-up").location(), Some("/set-up/ready"));
    // Who set it up chose that members see it: they do, once the node is one of them.
    hillside.comes_to_show(&["Riverside Families"]);
    eventually("neighbors see the profile", || {
        let listed = hillside.ask(&["record", "list", "collaborative"]);
        listed["records"].as_array().unwrap().iter().any(|record| record["title"] == "Riverside Families")
    });
}

#[test]
fn colleagues_come_in_by_a_link_and_do_what_their_role_allows() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let invite = |ann: &mut Browser, role: &str| link(&ann.send("/settings/people", &[("role", role), ("days", "7")]));
    let come = |link: &str, name: &str| {
        let mut browser = Browser::of(&node);
        assert!(browser.open(link).says("You can read"));
        let fields = [("called", name), ("name", name), ("password", PASSWORD)];
        assert_eq!(browser.send(link, &fields).location(), Some("/"));
        browser
    };
    let invited = invite(&mut ann, "reader");
    let mut rob = come(&invited, "rob");
    for gone in [invited.as_str(), "/welcome/nonsense"] {
        let mut late = Browser::of(&node);
        let (page, sent) = (late.open(gone), late.send(gone, &[("name", "eve"), ("password", PASSWORD)]));
        assert_eq!((page.status, sent.status), (404, 404));
        assert!(page.says("This link does not work") && page.body == sent.body, "used and unknown answer alike");
    }
    assert_eq!(rob.open("/practices/new").status, 404, "a reader writes nothing");
    assert_eq!(rob.open("/settings/people").status, 404);
    assert_eq!(ann.send("/settings/people/role", &[("name", "rob"), ("role", "editor")]).status, 303);
    assert_eq!(rob.open("/practices/new").status, 200, "a new role holds at once");
    let last = ann.send("/settings/people/role", &[("name", "ann@example.org"), ("role", "reader")]);
    assert!(last.status == 409 && last.says("Nobody else looks after people"), "{last:?}");
    assert_eq!(ann.send("/settings/people/remove", &[("name", "ann@example.org")]).status, 409);

    // A colleague who lost the password chooses another one.
    let renew = link(&ann.send("/settings/people/reset", &[("name", "rob")]));
    let mut again = Browser::of(&node);
    assert!(again.open(&renew).says("Choose a new password"));
    assert_eq!(again.send(&renew, &[("password", "another long password")]).location(), Some("/"));
    assert_eq!(rob.open("/settings").location(), Some("/sign-in"), "out everywhere else");
    assert_eq!(again.send(&renew, &[("password", "a third long password")]).status, 404);
    assert_eq!(ann.send("/settings/people/remove", &[("name", "rob")]).status, 303);
    assert_eq!(again.open("/settings").location(), Some("/sign-in"));

    // The only one left forgot hers: whoever sits at the machine lets her in.
    let listed = node.ask(&["people"]);
    assert_eq!(listed["people"][0]["role"], "admin");
    let path = node.ask(&["people", "reset", "ann@example.org"])["path"].as_str().unwrap().to_owned();
    let mut back = Browser::of(&node);
    assert_eq!(back.send(&path, &[("password", "another long password")]).location(), Some("/"));
    assert!(back.open("/settings").says("ann@example.org"));
}

#[test]
fn one_sees_where_one_is_signed_in_and_ends_it() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let mut phone = Browser::signed_in(&node, "ann@example.org", PASSWORD);
    let mut library = Browser::signed_in(&node, "ann@example.org", PASSWORD);
    let page = ann.open("/settings/sign-ins");
    assert_eq!((page.body.matches("last used").count(), page.body.matches("this one").count()), (3, 1));
    assert_eq!(ann.send("/settings/password", &[("old", "wrong"), ("new", "another long password")]).status, 403);
    let id = page.body.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(ann.send("/settings/sign-ins", &[("id", &id)]).status, 303);
    let out = [&mut phone, &mut library].map(|browser| browser.open("/settings").status == 303);
    assert_eq!(out.iter().filter(|out| **out).count(), 1);
    let changed = [("old", PASSWORD), ("new", "another long password")];
    assert_eq!(ann.send("/settings/password", &changed).location(), Some("/settings?done=password"));
    assert_eq!((phone.open("/settings").status, library.open("/settings").status), (303, 303));
    assert_eq!(ann.open("/settings").status, 200);
    assert_eq!(Browser::of(&node).send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]).status, 403);
    // The recovery sheet wants the password each time.
    assert!(!ann.open("/settings/recovery-sheet").says("sheet-words"));
    let wrong = ann.send("/settings/recovery-sheet", &[("password", "wrong")]);
    assert!(wrong.status == 403 && !wrong.says("sheet-words"));
    assert!(ann.send("/settings/recovery-sheet", &[("password", "another long password")]).says("sheet-words"));
}

/// Over HTTPS the session's cookie has a name that neither another host nor plain HTTP can set.
#[test]
fn by_https_only_a_cookie_of_https_leads_in() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    assert_eq!(ann.open("/settings").status, 200);
    ann.by_https();
    assert_eq!(ann.open("/settings").location(), Some("/sign-in"), "the plain one does not");
    let page = ann.send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]);
    let cookie = page.head.lines().find(|line| line.starts_with("set-cookie: __Host-session=")).unwrap_or_default();
    for word in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(word), "{word}: {page:?}");
    }
    assert!(!cookie.contains("Domain"));
    let page = ann.open("/settings");
    assert!(page.status == 200 && page.head.contains("cache-control: no-store"), "{page:?}");
    let out = ann.send("/sign-out", &[]);
    assert!(out.head.contains("__Host-session=;") && out.head.contains("clear-site-data"), "{out:?}");
}

/// Who comes back to the first step finds what was chosen there, and may choose otherwise.
#[test]
fn a_profile_that_was_shown_can_be_taken_back() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let mut choose = |audience| {
        let named =
            [("name", "Riverside"), ("place", "Maple River County"), ("summary", "We help."), ("audience", audience)];
        assert_eq!(ann.send("/set-up/name", &named).status, 303);
        assert_eq!(ann.send("/set-up/block", &[("block", "7")]).status, 303);
        let page = ann.open("/set-up/name");
        let picked = page
            .body
            .split("name=\"audience\" value=\"")
            .find(|radio| radio.split("><").next().unwrap().ends_with("checked"));
        assert!(picked.is_some_and(|radio| radio.starts_with(audience)), "{audience}: {}", page.body);
    };
    let seen = || node.ask(&["record", "list", "collaborative"])["records"][0]["audience"].as_str().map(String::from);
    choose("network");
    eventually("members see it", || seen().as_deref() == Some("network"));
    choose("private");
    assert_eq!(seen().as_deref(), Some("private"));
}

/// A draft stayed for 90 days after its writer had been removed, and the next one of that name read it.
#[test]
fn who_is_removed_leaves_no_draft_to_the_next_of_that_name() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let comes = |ann: &mut Browser| {
        let link = link(&ann.send("/settings/people", &[("role", "editor"), ("days", "7")]));
        let mut browser = Browser::of(&node);
        let fields = [("called", "Rob"), ("name", "rob"), ("password", PASSWORD)];
        assert_eq!(browser.send(&link, &fields).location(), Some("/"));
        browser
    };
    let mut rob = comes(&mut ann);
    let draft = [("title", "Not said yet"), ("_deed", "keep"), ("_audience", "private")];
    assert_eq!(rob.send("/practices/new?kind=practice", &draft).status, 303);
    assert!(rob.open("/drafts").says("Not said yet"));
    assert_eq!(ann.send("/settings/people/remove", &[("name", "rob")]).status, 303);
    assert!(!comes(&mut ann).open("/drafts").says("Not said yet"));
}

/// A page that was left open asked for the news every few seconds, and its reader seemed to be there for ever.
#[test]
fn a_page_left_open_is_nobodys_visit() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let link = link(&ann.send("/settings/people", &[("role", "reader"), ("days", "7")]));
    let mut rob = Browser::of(&node);
    assert_eq!(rob.send(&link, &[("name", "rob"), ("password", PASSWORD)]).location(), Some("/"));
    rob.listen("/live").until("data: ");
    let seen = || {
        node.ask(&["people"])["people"].as_array().unwrap().iter().find(|one| one["name"] == "rob").unwrap()["seen_ms"]
            .clone()
    };
    assert!(seen().is_null());
    assert_eq!(rob.open("/").status, 200);
    assert!(seen().is_number());
}

/// Whom we blocked, our partners outside the network and what we ask for is ours, and a coordinator may be of another group.
#[test]
fn a_coordinator_is_told_nothing_that_the_collaborative_keeps_to_itself() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let link = link(&ann.send("/settings/people", &[("role", "coordinator"), ("days", "7")]));
    let mut cora = Browser::of(&node);
    assert_eq!(cora.send(&link, &[("name", "cora"), ("password", PASSWORD)]).location(), Some("/"));
    let rooms = ["/network/sharing", "/network/neighbors", "/network/invitations"];
    for page in ["/", "/network", "/network/members", "/network/proposals", "/settings"] {
        let (hers, inside) = (cora.open(page), ann.open(page));
        assert_eq!(hers.status, 200);
        for room in rooms {
            assert!(!hers.says(&format!("href=\"{room}")), "{page} leads to {room}");
        }
        assert!(inside.says("href=\"/network/neighbors"), "{page}");
    }
    for room in rooms {
        assert_eq!((cora.open(room).status, ann.open(room).status), (404, 200), "{room}");
    }
}

/// A thief's key went on after the password was another one.
#[test]
fn keys_end_with_the_password_where_one_says_so() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    assert!(!ann.open("/settings/password").says("name=\"keys\""), "there are none");
    assert_eq!(ann.send("/settings/keys", &[("label", "Report"), ("scope", "write")]).status, 200);
    assert!(ann.open("/settings/password").says("Also take back my key for an app or program"));
    let change = |ann: &mut Browser, old: &str, new: &str, more: &[(&str, &str)]| {
        let typed = [&[("old", old), ("new", new)], more].concat();
        assert_eq!(ann.send("/settings/password", &typed).status, 303);
        ann.open("/settings/keys").says("Report")
    };
    assert!(change(&mut ann, PASSWORD, "another long password", &[]));
    assert!(!change(&mut ann, "another long password", PASSWORD, &[("keys", "end")]));
}

/// The next one at a library's computer read in its browser what somebody before had looked for, and opened their invitation.
#[test]
fn no_browser_keeps_what_somebody_looked_for_or_a_link_opens() {
    let place = Place::new();
    let node = place.with_pages("Riverside");
    let mut ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
    let link = link(&ann.send("/settings/people", &[("role", "reader"), ("days", "7")]));
    let mut stranger = Browser::of(&node);
    for page in [&link, "/search?q=shelter", "/directory?q=shelter", "/network/join?ticket=none"] {
        assert!(stranger.open(page).head.contains("cache-control: no-store"), "{page}");
    }
    for page in ["/search", "/practices?topic=food"] {
        assert!(stranger.open(page).head.contains("cache-control: private, no-cache"), "{page}");
    }
}
