//! Writing in the pages of the real binary, without script: drafts, looking first, lists, two answers, versions, who will
//! see it, versions of one's own, and the end of a record. Nothing that was typed is lost.

use harness::{
    browser::{Browser, Page},
    real::{Node, Place, eventually},
};

const PASSWORD: &str = "walking to school together";
const NEW: &str = "/practices/new?kind=practice";

/// A node with pages, in a network of its own, and somebody signed in.
fn riverside(place: &Place) -> (Node, Browser) {
    let node = place.with_pages("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let browser = Browser::set_up(&node, "ann@example.org", PASSWORD);
    (node, browser)
}

/// What a hidden or other input of a page holds.
fn input(page: &Page, name: &str) -> String {
    let from = page.body.split(&format!("name=\"{name}\" value=\"")).nth(1);
    from.unwrap_or_else(|| panic!("no {name}: {}", page.body)).split('"').next().unwrap().to_owned()
}

fn write(browser: &mut Browser, fields: &[(&str, &str)]) -> String {
    let page = browser.send(NEW, fields);
    assert_eq!(page.status, 303, "{page:?}");
    page.location().unwrap().to_owned()
}

/// What a form holds, as a browser would send it back: names and values of its hidden inputs.
fn hidden(page: &Page) -> Vec<(String, String)> {
    let inputs = page.body.split("<input type=\"hidden\" name=\"").skip(1);
    let pairs = inputs.filter_map(|rest| {
        let (name, rest) = rest.split_once("\" value=\"")?;
        Some((plain(name), plain(rest.split('"').next()?)))
    });
    pairs.collect()
}

fn plain(html: &str) -> String {
    html.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&")
}

fn pairs(of: &[(String, String)]) -> Vec<(&str, &str)> {
    of.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn a_draft_outlives_the_session_and_the_node_and_goes_when_it_is_saved() {
    let place = Place::new();
    let (mut node, mut ann) = riverside(&place);
    let typed = [("title", "Warm line"), ("problem", "Nights are long.\r\nNobody calls."), ("steps[2].text", "Ask")];
    let kept = ann.send(NEW, &[&typed[..], &[("_deed", "keep"), ("_audience", "network")]].concat());
    let at = kept.location().unwrap().to_owned();
    assert!(at.starts_with("/practices/new?kind=practice&draft="), "{kept:?}");
    assert!(!ann.open("/practices").says("Warm line"), "a draft is no record");
    assert!(node.stop().success());
    node.up();
    let mut ann = Browser::of(&node);
    assert!(!ann.open(&at).says("Warm line") && ann.open("/drafts").location() == Some("/sign-in"));
    ann.send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]);
    assert!(ann.open(NEW).says("You were writing") && ann.open("/drafts").says("Warm line"));
    let page = ann.open(&at);
    assert!(
        page.says("This is your draft, kept today, ") && page.says("Nights are long.\nNobody calls."),
        "{}",
        page.body
    );
    assert!(page.says("name=\"steps[2].text\"") && page.says("value=\"network\" checked"), "{}", page.body);
    let id = input(&page, "_draft");
    let saved = ann.send(NEW, &[&typed[..], &[("_draft", &id), ("_audience", "private")]].concat());
    assert_eq!(saved.status, 303, "{saved:?}");
    assert!(!ann.open("/drafts").says("Warm line"));
    assert_eq!(ann.open(&at).status, 404);
}

#[test]
fn the_script_keeps_drafts_quietly_and_nobody_has_more_than_fit() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let at = ("_at", NEW);
    let kept = ann.send("/drafts", &[at, ("title", "Walk")]);
    assert!(kept.status == 200 && kept.says("Draft kept"), "{kept:?}");
    let id = kept.head.lines().find_map(|line| line.strip_prefix("x-draft: ")).unwrap().to_owned();
    assert_eq!(ann.send("/drafts", &[at, ("_draft", &id), ("title", "Walk together")]).status, 200);
    let drafts = ann.open("/drafts");
    assert!(drafts.says("Walk together") && drafts.body.matches("name=\"_draft\"").count() == 1);
    for n in 1..20 {
        assert_eq!(ann.send("/drafts", &[at, ("title", &format!("Number {n}"))]).status, 200);
    }
    let full = ann.send("/drafts", &[at, ("title", "One more")]);
    assert!(full.status == 409 && full.says("You have as many drafts as we can keep"), "{full:?}");
    let page = ann.send(NEW, &[("title", "One more"), ("_deed", "keep")]);
    assert!(page.status == 409 && page.says("One more") && page.says("You have as many drafts as we can keep"));
    assert_eq!(ann.send("/drafts/throw-away", &[("_draft", &id)]).status, 303);
    assert!(!ann.open("/drafts").says("Walk together"));
    let long = "a".repeat(500_000);
    assert_eq!(ann.send("/drafts", &[at, ("title", "Long"), ("problem", &long)]).status, 409);
    assert_eq!(ann.send("/drafts", &[("_at", "https://evil.example/new"), ("title", "x")]).status, 404);
}

/// Ann's session ends while she writes: what she typed is on the page that says so, and goes on after she signs in.
#[test]
fn what_is_typed_outlives_the_session() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    assert_eq!(ann.open(NEW).status, 200);
    let mut elsewhere = ann.clone();
    elsewhere.send("/sign-out", &[]);
    let typed = [("title", "Warm \"line\""), ("problem", "One.\nTwo."), ("_deed", "save"), ("_audience", "private")];
    let page = ann.send(NEW, &typed);
    assert!(page.status == 401 && page.says("What you typed is not lost"), "{page:?}");
    ann.send("/sign-in", &[("name", "ann@example.org"), ("password", PASSWORD)]);
    let action = plain(
        page.body
            .split("<form class=\"panel form\" method=\"post\" action=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap(),
    );
    let kept = hidden(&page);
    let saved = ann.send(&action, &pairs(&kept));
    assert_eq!(saved.status, 303, "{saved:?}");
    let record = ann.open(saved.location().unwrap());
    assert!(record.says("Warm &#34;line&#34;") && record.says("One.<br>\nTwo."), "{}", record.body);
}

/// What was typed about something that went meanwhile, or by somebody who may not write any more, can be copied.
#[test]
fn what_is_typed_outlives_the_record_and_the_role() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let at = write(&mut ann, &[("title", "Warm line"), ("summary", "We answer.")]);
    let form = ann.open(&format!("{at}/edit"));
    let heads = input(&form, "_heads");
    let typed = [("_heads", heads.as_str()), ("problem", "Nights are long."), ("was:problem", "")];
    let kept = ann.send(&format!("{at}/edit"), &[&typed[..], &[("_deed", "keep")]].concat());
    let draft = kept.location().unwrap().to_owned();
    node.ask(&["record", "delete", at.rsplit('/').next().unwrap(), "--yes"]);
    let gone = ann.send(&format!("{at}/edit"), &typed);
    assert!(gone.status == 404 && gone.says("Nights are long.") && gone.says("<dt>The problem</dt>"), "{gone:?}");
    let draft = ann.open(&draft);
    assert!(draft.status == 404 && draft.says("Nights are long."), "{draft:?}");
    // Who was made a reader while they wrote.
    let page = ann.send("/settings/people", &[("role", "editor"), ("days", "7")]);
    let link = page.body.split("/welcome/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let mut bob = Browser::of(&node);
    assert_eq!(
        bob.send(&format!("/welcome/{link}"), &[("name", "bob@example.org"), ("password", PASSWORD)]).status,
        303
    );
    assert_eq!(bob.open(NEW).status, 200);
    let page = ann.send("/settings/people/role", &[("name", "bob@example.org"), ("role", "reader")]);
    assert_eq!(page.status, 303, "{page:?}");
    let typed = bob.send(NEW, &[("title", "Night bus"), ("summary", "It waits.")]);
    assert!(typed.status == 404 && typed.says("It waits."), "{typed:?}");
    // And whoever proposed something as their session ended.
    assert_eq!(ann.open("/network/proposals").status, 200);
    ann.send("/sign-out", &[]);
    let typed = ann.send("/network/proposals", &[("deed", "text"), ("purpose", "To walk together.")]);
    assert!(typed.status == 401 && typed.says("To walk together."), "{typed:?}");
}

/// A form of which the end never came changes nothing: its last field may be half a word.
#[test]
fn a_form_that_breaks_off_changes_nothing() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let at = write(&mut ann, &[("title", "Warm line"), ("summary", "We answer at night.")]);
    let heads = input(&ann.open(&format!("{at}/edit")), "_heads");
    ann.break_off(&format!("{at}/edit"), &[("_heads", &heads), ("summary", "We answer at ni")]);
    ann.break_off(NEW, &[("title", "Half a practice"), ("summary", "We")]);
    assert!(ann.open(&at).says("We answer at night."));
    assert!(!ann.open("/practices").says("Half a practice"));
}

#[test]
fn a_record_is_looked_at_first_and_nothing_is_lost_on_the_way_back() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let typed = [("title", "Walk to school"), ("summary", "We walk."), ("steps[1].text", "Ask <b>first</b>")];
    let look = ann.send(NEW, &[&typed[..], &[("_audience", "network"), ("_deed", "look")]].concat());
    assert!(look.status == 200 && look.says("This is how it will look"), "{look:?}");
    assert!(
        look.says("The 1 member of Valley Network") && look.says("<h1 dir=\"auto\">Walk to school</h1>"),
        "{}",
        look.body
    );
    assert!(!ann.open("/practices").says("Walk to school"), "looking saves nothing");
    let carried = hidden(&look);
    let back = ann.send(NEW, &[&pairs(&carried)[..], &[("_deed", "back")]].concat());
    assert!(back.says("value=\"Walk to school\"") && back.says("Ask &#60;b&#62;first&#60;/b&#62;"), "{}", back.body);
    let saved = ann.send(NEW, &[&pairs(&carried)[..], &[("_deed", "save")]].concat());
    assert_eq!(saved.status, 303, "{saved:?}");
    assert!(ann.open(saved.location().unwrap()).says("Your network"));
}

#[test]
fn a_clients_name_is_pointed_at_once_and_stops_nobody() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let typed = [("title", "Walk"), ("summary", "Our client Maria came."), ("_audience", "public")];
    let asked = ann.send(NEW, &typed);
    assert!(asked.status == 200 && asked.says("looks like a client’s name"), "{asked:?}");
    assert!(!ann.open("/practices").says("client Maria"));
    assert_eq!(input(&asked, "_seen"), "yes");
    assert_eq!(ann.send(NEW, &[&typed[..], &[("_seen", "yes")]].concat()).status, 303);
    // What stays private is nobody else's to look at.
    let private = [("title", "Walk"), ("summary", "Our client Maria came."), ("_audience", "private")];
    assert_eq!(ann.send(NEW, &private).status, 303);
}

#[test]
fn items_are_added_moved_and_taken_out_without_script() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let typed = [("title", "Walk"), ("steps[1].text", "One"), ("steps[2].text", "Two")];
    let moved = ann.send(NEW, &[&typed[..], &[("_deed", "up:steps[2]")]].concat());
    let text = |page: &Page, n: usize| {
        let area = page.body.split(&format!("name=\"steps[{n}].text\"")).nth(1).unwrap();
        area.split_once(">\n").unwrap().1.split('<').next().unwrap().to_owned()
    };
    assert_eq!((text(&moved, 1), text(&moved, 2)), ("Two".into(), "One".into()));
    assert!(moved.says("autofocus"));
    let added = ann.send(NEW, &[&typed[..], &[("_deed", "add:steps")]].concat());
    assert_eq!(text(&added, 3), "");
    let removed = ann.send(NEW, &[&typed[..], &[("_deed", "remove:steps[1]")]].concat());
    assert!(text(&removed, 1) == "Two" && !removed.says("name=\"steps[2].text\""));

    // The same with a record that is there: what is moved keeps who it is, and a colleague's words in it stay.
    let address = write(&mut ann, &[&typed[..], &[("_audience", "private")]].concat());
    let form = ann.open(&format!("{address}/edit"));
    let kept = hidden(&form);
    let sent = [&pairs(&kept)[..], &typed[..], &[("_deed", "down:steps[1]")]].concat();
    let swapped = ann.send(&format!("{address}/edit"), &sent);
    assert_eq!((text(&swapped, 1), text(&swapped, 2)), ("Two".into(), "One".into()));
    let colleague = [("_heads", input(&form, "_heads")), ("was:steps[1].text", "One".into())];
    let colleague: Vec<(&str, &str)> = colleague.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert_eq!(
        ann.send(&format!("{address}/edit"), &[&colleague[..], &[("steps[1].text", "One more")]].concat()).status,
        303
    );
    let kept = hidden(&swapped);
    let sent = [&pairs(&kept)[..], &[("title", "Walk"), ("steps[1].text", "Two"), ("steps[2].text", "One")]].concat();
    assert_eq!(ann.send(&format!("{address}/edit"), &sent).status, 303);
    let page = ann.open(&address);
    assert!(page.body.find("Two").unwrap() < page.body.find("One more").unwrap(), "{}", page.body);
}

/// Two editors open the same form: both answers stand side by side, one click chooses, and the last save is taken back.
#[test]
fn of_two_answers_one_is_chosen_by_a_click_and_a_save_is_taken_back() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let address = write(&mut ann, &[("title", "Walk"), ("cost", "none"), ("_audience", "private")]);
    let edit = format!("{address}/edit");
    let heads = input(&ann.open(&edit), "_heads");
    for cost in ["under_1000", "under_10000"] {
        let sent = ann.send(&edit, &[("was:cost", "none"), ("cost", cost), ("_heads", &heads)]);
        assert_eq!(sent.status, 303, "{sent:?}");
    }
    let page = ann.open(&address);
    assert!(page.says("Two answers: Cost") && page.says("Under $1,000") && page.says("$1,000 to $10,000"));
    let form = ann.open(&edit);
    assert!(form.says("name=\"_keep:cost\""), "{}", form.body);
    let answer = page.body.split("class=\"answers\"").nth(1).unwrap();
    let part = answer.split("<li>").find(|part| part.contains("Under $1,000")).unwrap();
    let change = part.split("name=\"_change\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let heads = input(&page, "_heads");
    let chosen =
        ann.send(&format!("{address}/choose"), &[("_field", "cost"), ("_change", &change), ("_heads", &heads)]);
    assert_eq!(chosen.location(), Some(address.as_str()), "{chosen:?}");
    let page = ann.open(&address);
    assert!(!page.says("Two answers") && page.says("Under $1,000") && page.says("Saved."), "{}", page.body);
    assert!(!page.says("/take-back"), "the other answer does not return: {}", page.body);
    assert!(!ann.open(&address).says("Saved."), "it is said once");

    let heads = input(&ann.open(&edit), "_heads");
    ann.send(&edit, &[("was:title", "Walk"), ("title", "Run"), ("_heads", &heads)]);
    let page = ann.open(&address);
    let change = input(&page, "_change");
    assert!(page.says("<h1 dir=\"auto\">Run</h1>"));
    assert_eq!(ann.send(&format!("{address}/take-back"), &[("_change", &change)]).status, 303);
    let page = ann.open(&address);
    assert!(page.says("<h1 dir=\"auto\">Walk</h1>") && page.says("Your last change was taken back"), "{}", page.body);
    let wrong = ann.send(&format!("{address}/take-back"), &[("_change", "ffffffff")]);
    assert!(wrong.status == 409 && wrong.says("<html"), "{wrong:?}");
}

/// The page of a collaborative once showed neither its two answers nor what was saved, though home led there to choose.
#[test]
fn of_two_answers_in_a_profile_one_is_chosen_on_its_page() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let new = "/collaboratives/new?kind=collaborative";
    let sent = ann.send(new, &[("name", "Riverside Families"), ("summary", "Six towns."), ("_audience", "private")]);
    let address = sent.location().unwrap().to_owned();
    let edit = format!("{address}/edit");
    let heads = input(&ann.open(&edit), "_heads");
    for name in ["Riverside", "Riverside Together"] {
        let sent = ann.send(&edit, &[("was:name", "Riverside Families"), ("name", name), ("_heads", &heads)]);
        assert_eq!(sent.status, 303, "{sent:?}");
    }
    let not_yet = ann.open(&format!("{address}/share/look?_audience=public"));
    assert!(not_yet.status == 422 && not_yet.says("First choose one of them"), "{not_yet:?}");
    let page = ann.open(&address);
    assert!(page.says("Two answers") && page.says(&format!("{address}/history")), "{}", page.body);
    let (change, heads) = (input(&page, "_change"), input(&page, "_heads"));
    let field = input(&page, "_field");
    let others = format!("{}{}", if heads.starts_with('a') { 'b' } else { 'a' }, &heads[1..]);
    let forged = [("_field", field.as_str()), ("_change", &change), ("_heads", &others)];
    let refused = ann.send(&format!("{address}/choose"), &forged);
    assert!(refused.status == 409 && refused.says("<html"), "a refusal is said: {refused:?}");
    let choice = [("_field", field.as_str()), ("_change", &change), ("_heads", &heads)];
    assert_eq!(ann.send(&format!("{address}/choose"), &choice).location(), Some(address.as_str()));
    let page = ann.open(&address);
    assert!(page.says("Saved.") && !page.says("Two answers") && !page.says("/take-back"), "{}", page.body);
    let stranger = Browser::of(&node).open(&address);
    assert_eq!(stranger.status, 404);
}

#[test]
fn an_earlier_version_is_read_and_brought_back() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let address = write(
        &mut ann,
        &[
            ("title", "Walk"),
            ("advice", "Begin small."),
            ("steps[1].text", "Ask"),
            ("_audience", "network"),
            ("summary", "We walk."),
        ],
    );
    let id = address.rsplit('/').next().unwrap().to_owned();
    node.ask(&["record", "edit", &id, "--set", "advice=Begin big.", "--set", "title=Run"]);
    node.ask(&["record", "edit", &id, "--set", "steps="]);
    let page = ann.open(&format!("{address}/history"));
    let links: Vec<&str> = page.body.split(&format!("href=\"{address}/history/")).skip(1).collect();
    let links: Vec<String> = links.iter().map(|rest| rest.split('"').next().unwrap().to_owned()).collect();
    assert_eq!(links.len(), 3, "{}", page.body);
    let first = ann.open(&format!("{address}/history/{}", links[2]));
    for text in ["Begin small.", "Begin big.", "What is different today", "Bring this version back"] {
        assert!(first.says(text), "{text}: {}", first.body);
    }
    let stranger = Browser::of(&node).open(&format!("{address}/history"));
    assert_eq!(stranger.location(), Some("/sign-in"));
    let heads = input(&first, "_heads");
    let unread = ann.send(&format!("{address}/restore"), &[("_change", &links[2])]);
    assert!(unread.status == 409 && ann.open(&address).says("Begin big."), "{unread:?}");
    node.ask(&["record", "edit", &id, "--set", "problem=Written meanwhile."]);
    let restored = ann.send(&format!("{address}/restore"), &[("_change", &links[2]), ("_heads", &heads)]);
    assert_eq!(restored.location(), Some(address.as_str()), "{restored:?}");
    let page = ann.open(&address);
    assert!(page.says("<h1 dir=\"auto\">Walk</h1>") && page.says("Begin small.") && page.says("Ask"), "{}", page.body);
    assert!(page.says("Written meanwhile."), "what nobody had read on the page stays: {}", page.body);
    assert_eq!(node.ask(&["record", "show", &id, "--history"])["history"].as_array().unwrap().len(), 5);
    assert!(ann.open(&format!("{address}/history/zzzz")).status == 404);
}

#[test]
fn who_will_see_it_is_said_by_name_and_looked_at_before() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let address = write(&mut ann, &[("title", "Walk"), ("_audience", "private")]);
    let share = ann.open(&format!("{address}/share"));
    for text in ["Riverside keeps it to itself", "The 1 member of Valley Network", "Write it first", "/edit#f-summary"]
    {
        assert!(share.says(text), "{text}: {}", share.body);
    }
    let not_yet = ann.open(&format!("{address}/share/look?_audience=public"));
    assert!(not_yet.status == 422 && not_yet.says("Not shared yet"), "{not_yet:?}");
    let heads = input(&ann.open(&format!("{address}/edit")), "_heads");
    ann.send(&format!("{address}/edit"), &[("summary", "We walk."), ("_heads", &heads)]);
    let look = ann.open(&format!("{address}/share/look?_audience=public"));
    assert!(
        look.says("Anybody, also on the web, without signing in") && look.says("without its history"),
        "{}",
        look.body
    );
    assert_eq!(Browser::of(&node).open(&address).status, 404, "looking shares nothing");
    let id = address.rsplit('/').next().unwrap();
    node.ask(&["record", "edit", id, "--set", "problem=Written meanwhile."]);
    let again = ann.send(&format!("{address}/share"), &pairs(&hidden(&look)));
    assert!(again.status == 409 && again.says("Somebody changed this while you looked at it"), "{again:?}");
    assert!(again.says("Written meanwhile.") && Browser::of(&node).open(&address).status == 404, "{again:?}");
    let kept = hidden(&again);
    let shared = ann.send(&format!("{address}/share"), &pairs(&kept));
    let public = shared.location().unwrap().to_owned();
    assert!(public != address && Browser::of(&node).open(&public).status == 200);
    let moved = ann.open(&address);
    assert!(moved.status == 410 && moved.says(&public), "{moved:?}");
    assert_eq!(Browser::of(&node).open(&address).status, 404, "for strangers it never was");
    let back = ann.open(&format!("{public}/share/look?_audience=private"));
    assert!(back.says("cannot be taken back"), "{}", back.body);
}

#[test]
fn hostile_and_huge_forms_get_a_plain_page_and_keep_what_was_typed() {
    let place = Place::new();
    let (_node, mut ann) = riverside(&place);
    let turned =
        ann.send(NEW, &[("title", "Walk\u{202e}gnitseretni"), ("summary", "We walk."), ("_audience", "private")]);
    assert!(turned.status == 422 && turned.says("We walk."), "{turned:?}");
    let huge = "a".repeat(10 << 20);
    let page = ann.send(NEW, &[("title", "Walk"), ("summary", "We walk."), ("problem", &huge)]);
    assert!(page.status == 413 && page.says("We walk.") && page.says("<html"), "{} {}", page.status, page.head);
    let items: Vec<(String, &str)> = (1..30_000).map(|n| (format!("steps[{n}].text"), "x")).collect();
    let items: Vec<(&str, &str)> = items.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let page = ann.send(NEW, &[&[("title", "Walk"), ("_audience", "private")][..], &items].concat());
    assert!(page.status == 413 && page.says("value=\"Walk\""), "{} {}", page.status, page.head);
    let far = ann.send(NEW, &[("title", "Walk"), ("steps[1000000].text", "Far"), ("_audience", "private")]);
    assert_eq!(far.status, 303, "a gap in the numbers is no fault: {far:?}");
    let foreign = ann.send_from("http://evil.example", NEW, &[("title", "Theirs")]);
    assert!(foreign.status == 403 && foreign.says("did not come from a page of ours"), "{foreign:?}");
    let odd = ann.send("/practices/new?kind=%FF", &[("title", "x")]);
    assert!(odd.status >= 400 && odd.says("<html"), "{odd:?}");
    assert!(!ann.open("/practices").says("Theirs"));
}

/// The whole story: an editor on one node writes a practice and shares it, somebody on another finds it by search, makes it
/// their own and tells what happened, and the author reads both.
#[test]
fn a_practice_travels_is_adopted_and_comes_back_as_a_lesson() {
    let place = Place::new();
    let (riverside, mut ann) = riverside(&place);
    let hillside = place.with_pages("Hillside");
    hillside.join(&riverside);
    let mut bob = Browser::set_up(&hillside, "bob@example.org", PASSWORD);
    let fields = [
        ("title", "Winter coat swap"),
        ("summary", "Bring one, take one."),
        ("steps[1].text", "Ask the churches."),
        ("licence", "CC-BY-4.0"),
        ("results", "Forty coats."),
        ("_audience", "network"),
    ];
    let address = write(&mut ann, &fields);
    eventually("Bob finds it", || bob.open("/search?q=coat").says(&address));
    let page = bob.open(&address);
    for text in ["We use this too", "Make our own version", "Tell what happened"] {
        assert!(page.says(text), "{text}: {}", page.body);
    }
    assert!(!page.says("Change it</a>"), "it is not Bob's to change");
    assert!(!ann.open(&address).says("Make our own version"), "not of one's own");
    // Whoever may not write learns from no answer what is there.
    for deed in ["edit", "share", "delete", "choose", "take-back", "restore", "use-too"] {
        let answers = [address.as_str(), "/practices/none"].map(|at| {
            let page = Browser::of(&riverside).send(&format!("{at}/{deed}"), &[("title", "Mine")]);
            (page.status, page.location().map(String::from))
        });
        assert_eq!(answers[0], answers[1], "{deed}");
    }
    let form = bob.open(&format!("{address}/use-too"));
    assert!(form.says("Adapted from “Winter coat swap” by Riverside, CC-BY-4.0"), "{}", form.body);
    assert!(form.says("The 2 members of Valley Network"), "{}", form.body);
    let used = bob.send(
        &format!("{address}/use-too"),
        &[
            ("maturity", "trying"),
            ("what_we_changed", "We swap boots."),
            ("since", "2026-10-01"),
            ("places[1].town", "Hill Town"),
            ("_audience", "network"),
        ],
    );
    let own = used.location().unwrap_or_else(|| panic!("{used:?}")).to_owned();
    let page = bob.open(&own);
    for text in ["Winter coat swap", "Ask the churches.", "We swap boots.", "Hill Town", "by Riverside, CC-BY-4.0"] {
        assert!(page.says(text), "{text}: {}", page.body);
    }
    assert!(!page.says("Forty coats."), "what happened elsewhere is not ours to say");

    let from = address.rsplit('/').next().unwrap();
    let form = bob.open(&format!("/practices/new?kind=practice&from={from}"));
    assert!(form.says("Ask the churches.") && form.says("value=\"Winter coat swap\""), "{}", form.body);
    let mut forged = hidden(&form);
    forged.push(("title".into(), "Boot swap".into()));
    forged.push(("_audience".into(), "network".into()));
    forged.push(("summary".into(), "Boots.".into()));
    let version = write(&mut bob, &pairs(&forged));
    assert!(
        bob.open(&version).says("Hillside, adapted from “Winter coat swap” by Riverside"),
        "credit is given all the same"
    );

    let lesson = bob.open(&format!("/lessons/new?about={from}"));
    assert!(lesson.says(&format!("<option value=\"{from}\" selected>Winter coat swap")), "{}", lesson.body);
    let told =
        [("title", "Boots need a dry room"), ("summary", "Some were damp."), ("about", from), ("_audience", "network")];
    let told = bob.send("/lessons/new?kind=lesson", &told);
    assert_eq!(told.status, 303, "{told:?}");
    eventually("Ann reads the lesson", || ann.open("/lessons").says("Boots need a dry room"));
    eventually("Ann sees the version", || ann.open("/practices").says("Boot swap"));
    let lesson = ann.open(told.location().unwrap());
    assert!(lesson.says(&address), "it leads back to the practice");

    eventually("Ann reads on the practice’s own page who uses it, what they changed and what happened", || {
        let page = ann.open(&address);
        page.says("Boot swap") && page.says("We swap boots.") && page.says("Boots need a dry room")
    });

    // The author deletes it: what that means is said, and who has done it is told.
    let asked = ann.open(&format!("{address}/delete"));
    assert!(asked.says("The 2 members of Valley Network"), "{}", asked.body);
    let deleted = ann.send(&format!("{address}/delete"), &[]);
    assert_eq!(deleted.location(), Some(address.as_str()), "{deleted:?}");
    eventually("Hillside confirms it", || {
        let gone = ann.open(&address);
        gone.status == 410 && gone.says("Hillside</b> has confirmed it")
    });
    eventually("it is gone there too", || bob.open(&address).status == 410);
    assert_eq!(bob.open(&own).status, 200, "a version of one's own stays");
}

/// Without a licence nobody may copy, and the page says why.
#[test]
fn without_a_licence_there_is_no_version_of_ones_own() {
    let place = Place::new();
    let (riverside, _) = riverside(&place);
    let hillside = place.with_pages("Hillside");
    hillside.join(&riverside);
    let mut bob = Browser::set_up(&hillside, "bob@example.org", PASSWORD);
    let id = riverside.id(&[
        "record",
        "create",
        "practice",
        "--set",
        "title=Walk",
        "--set",
        "summary=We walk.",
        "--audience",
        "network",
    ]);
    eventually("it is there", || bob.open("/practices").says("Walk"));
    let page = bob.open(&format!("/practices/{id}"));
    assert!(
        page.says("Riverside did not say what others may do with this") && !page.says("Make our own version"),
        "{}",
        page.body
    );
    assert_eq!(bob.open(&format!("/practices/{id}/use-too")).status, 404);
    let sneaky = bob.send(NEW, &[("title", "Mine"), ("_from", &id), ("_audience", "private")]);
    assert_eq!(sneaky.status, 303);
    assert!(!bob.open(sneaky.location().unwrap()).says("Adapted from"));
}
