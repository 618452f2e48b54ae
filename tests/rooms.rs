//! The rooms of the real binary, read without script: the calendar, local help, who stands behind a record, and who uses it.

use harness::{
    browser::Browser,
    real::{Node, Place, eventually},
};

const PASSWORD: &str = "walking to school together";

/// Riverside, with pages and a network of its own, and somebody who is signed in there.
fn riverside(place: &Place) -> (Node, Browser) {
    let node = place.with_pages("Riverside Families");
    let browser = Browser::set_up(&node, "ann@example.org", PASSWORD);
    node.ask(&["network", "found", "--name", "Valley Network"]);
    (node, browser)
}

/// Writes a record by the command; its id.
fn write(node: &Node, kind: &str, audience: &str, fields: &[&str]) -> String {
    let sets: Vec<&str> = fields.iter().flat_map(|field| ["--set", field]).collect();
    node.id(&[&["record", "create", kind][..], &sets, &["--audience", audience]].concat())
}

#[test]
fn a_season_stands_in_the_calendar_month_by_month() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let season = ["title=Supper talks", "summary=We talk.", "start=2027-03-02T18:00", "end=2027-03-02T20:00"];
    let season =
        [&season[..], &["zone=America/New_York", "recurrence=FREQ=WEEKLY;COUNT=6", "place=Grange hall"]].concat();
    write(&node, "session", "public", &season);
    let off = ["title=Listening day", "summary=We listen.", "start=2027-03-20T09:00", "end=2027-03-20T15:00"];
    write(&node, "session", "public", &[&off[..], &["zone=America/New_York", "status=cancelled"]].concat());
    let own = ["title=Staff hour", "start=2027-03-05T09:00", "end=2027-03-05T10:00", "zone=America/New_York"];
    write(&node, "session", "private", &own);
    eventually("all of it is listed", || ann.open("/calendar?month=2027-03").says("Staff hour"));
    let mut stranger = Browser::of(&node);
    let march = stranger.open("/calendar?month=2027-03");
    assert_eq!(march.body.matches("<li id=\"ev-").count(), 6, "five Tuesdays and the day that is off: {}", march.body);
    for text in
        ["March 2027", "6:00 – 8:00 PM", "Times are Eastern Time", "Grange hall", "Canceled", "<s>Listening day</s>"]
    {
        assert!(march.says(text), "{text}: {}", march.body);
    }
    assert!(!march.says("Staff hour") && march.says("/calendar?month=2027-04"));
    let april = stranger.open("/calendar?month=2027-04");
    assert_eq!(april.body.matches("<li id=\"ev-").count(), 1, "the sixth and last");
    let empty = stranger.open("/calendar?month=2027-01");
    assert!(empty.says("Nothing in January 2027 yet") && empty.says("The next date is"), "{}", empty.body);
    for odd in ["/calendar?month=9999-99", "/calendar?month=-0001-01", "/calendar?month=9999-12&q=%00&topics=%C3%A9"] {
        assert_eq!(stranger.open(odd).status, 200, "{odd}");
    }
}

#[test]
fn a_record_says_who_checked_it_and_who_uses_it() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let text = "summary=Two grown-ups walk along.";
    let problem = "problem=Cars **everywhere** <script>alert(1)</script> and [more](javascript:alert(1)).";
    let walk = write(&node, "practice", "public", &["title=Walk to school", text, problem, "topics=school"]);
    let about = format!("about={walk}");
    let lesson =
        ["title=It also works in winter", "summary=What we learned.", &about, "what_we_changed=We gave out **vests**."];
    write(&node, "lesson", "network", &lesson);
    let quiet = ["title=Quiet lesson", "summary=Ours.", &about];
    write(&node, "lesson", "private", &quiet);
    write(&node, "practice", "public", &["title=Bike train", "summary=The same on wheels.", "topics=school"]);
    let address = format!("/practices/{walk}");
    eventually("the page knows both lessons", || ann.open(&address).says("Quiet lesson"));
    let page = ann.open(&address);
    for text in
        ["It also works in winter", "<strong>vests</strong>", "<strong>everywhere</strong>", "Bike train", "See also"]
    {
        assert!(page.says(text), "{text}: {}", page.body);
    }
    assert!(!page.says("<script>alert") && !page.says("href=\"javascript"), "{}", page.body);
    let mut stranger = Browser::of(&node);
    let public = stranger.open(&address);
    assert!(!public.says("It also works in winter") && !public.says("Quiet lesson") && public.says("Bike train"));
    assert!(!public.says("still right"), "only its owner confirms a record");

    // Its owner looks at it, and says so with one button.
    assert!(page.says("Nobody has checked this yet"));
    assert_eq!(stranger.send(&format!("{address}/confirm"), &[]).location(), Some("/sign-in"));
    let confirmed = ann.send(&format!("{address}/confirm"), &[]);
    assert_eq!(confirmed.location(), Some(address.as_str()), "{confirmed:?}");
    eventually("the page says so", || stranger.open(&address).says("Checked by Riverside Families, today"));
}

#[test]
fn local_help_has_one_number_on_the_map_and_in_the_list() {
    let place = Place::new();
    let (node, _ann) = riverside(&place);
    let mut stranger = Browser::of(&node);
    let pantry = write(&node, "organization", "public", &["name=Riverside Pantry", "description=Food for all."]);
    eventually("it is listed", || stranger.open("/directory").says("Riverside Pantry"));
    assert!(!stranger.open("/directory").says("class=\"map\""), "no place, no map");
    let of = format!("organization_id={pantry}");
    let hall = [
        "name=Mill hall",
        "location_type=physical",
        &of,
        "latitude=44.8",
        "longitude=-69.9",
        "phones[1].number=207-555-0120",
    ];
    let hall = [&hall[..], &["places[1].state=ME", "places[1].county=Somerset"]].concat();
    write(&node, "location", "public", &hall);
    let haven =
        ["name=Haven", "location_type=physical", "address_confidential=yes", "latitude=44.5", "longitude=-69.5"];
    let haven = [&haven[..], &["places[1].state=ME", "places[1].county=Kennebec"]].concat();
    write(&node, "location", "public", &haven);
    eventually("all are listed", || {
        let page = stranger.open("/directory");
        page.says("Mill hall") && page.says("Haven")
    });
    let page = stranger.open("/directory");
    assert!(page.says("Map of the counties of Maine") && page.says("href=\"tel:2075550120\""), "{}", page.body);
    assert!(page.says("Somerset County"));
    // Once choices stood here as programs name them.
    assert!(page.says("<legend>What it is</legend>") && page.says(">Location</span>"), "{}", page.body);
    assert!(page.says("/feeds/directory.atom"));
    for card in page.body.split("<li id=\"place-").skip(1) {
        let number = card.split('"').next().unwrap();
        let pinned = page.says(&format!("href=\"#place-{number}\""));
        assert_eq!(pinned, !card.contains("Haven"), "the shelter alone is not on the map: {}", page.body);
    }
}

#[test]
fn a_collaborative_has_a_page_before_and_after_it_describes_itself() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let practice = write(&node, "practice", "public", &["title=Walk to school", "summary=We walk."]);
    eventually("it is listed", || ann.open("/practices").says("Walk to school"));
    let page = ann.open(&format!("/practices/{practice}"));
    let owner = page.body.split("href=\"/collaboratives/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let address = format!("/collaboratives/{owner}");
    let mut stranger = Browser::of(&node);
    let bare = stranger.open(&address);
    assert!(bare.says("has not written about itself yet") && bare.says("1 practice"), "{}", bare.body);
    let profile =
        ["name=Riverside Families", "summary=Six towns.", "can_teach=shared meals", "vision=Someone to call."];
    let more =
        ["components.local_leadership.rating=b", "components.local_leadership.narrative=Parents set the agenda."];
    let meets = ["meeting.recurrence=FREQ=MONTHLY;BYDAY=1TH", "meeting.time=17:30", "meeting.zone=America/New_York"];
    let id = write(&node, "collaborative", "public", &[&profile[..], &more, &meets].concat());
    eventually("the address leads to it", || {
        stranger.open(&address).location() == Some(&format!("/collaboratives/{id}"))
    });
    let page = stranger.open(&format!("/collaboratives/{id}"));
    for text in [
        "Someone to call.",
        "Parents set the agenda.",
        "Every month: first Thursday",
        "5:30 PM (Eastern Time)",
        "shared meals",
    ] {
        assert!(page.says(text), "{text}: {}", page.body);
    }
    assert_eq!(stranger.open(&format!("/collaboratives/{}", "0".repeat(64))).status, 404);
}

#[test]
fn home_greets_its_reader_and_says_what_waits() {
    let place = Place::new();
    let (node, mut ann) = riverside(&place);
    let old = ["title=Walk to school", "summary=We walk.", "review_by=2020-01-01", "confirmed.at=2019-01-01"];
    write(&node, "practice", "public", &old);
    let news = ["summary=Soup.", "body=Come and eat."];
    write(&node, "announcement", "public", &[&["title=Past supper"][..], &news, &["expires=2020-01-01"]].concat());
    write(&node, "announcement", "public", &[&["title=Next supper"][..], &news].concat());
    eventually("all is there", || ann.open("/").says("Next supper"));
    let home = ann.open("/");
    assert!(home.says(", Ann</h1>"), "{}", home.body);
    assert!(
        home.says("Waiting for you") && home.says("Is it still right?") && !home.says("Past supper"),
        "{}",
        home.body
    );
    let public = Browser::of(&node).open("/");
    assert!(public.says("Riverside Families and its neighbors") && public.says("you need no account to read it"));
    assert!(!public.says("Waiting for you"));
}
