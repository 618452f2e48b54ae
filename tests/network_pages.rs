//! The network's rooms of the real binary, read without script: inviting and comparing four pictures, voting, choosing what
//! to ask for, blocking, the machine's health, and what open pages are told meanwhile.

use harness::{
    browser::{Browser, Page},
    real::{Node, Place, eventually},
};

const PASSWORD: &str = "walking to school together";
const ROOMS: [&str; 7] = ["", "/members", "/invitations", "/proposals", "/sharing", "/neighbors", "/health"];

/// Riverside with its network, Hillside without, and somebody signed in at each.
fn two(place: &Place) -> (Node, Browser, Node, Browser) {
    let (riverside, hillside) = (place.with_pages("Riverside"), place.with_pages("Hillside"));
    let mut ann = Browser::set_up(&riverside, "ann@example.org", PASSWORD);
    assert!(ann.open("/network").says("Begin a network, or join one"));
    let begun = ann.send("/network/found", &[("name", "Valley Network"), ("purpose", "Share what works.")]);
    assert_eq!(begun.location(), Some("/network"), "{begun:?}");
    let bob = Browser::set_up(&hillside, "bob@example.org", PASSWORD);
    (riverside, ann, hillside, bob)
}

/// Both in one network, by commands.
fn together(place: &Place) -> (Node, Browser, Node, Browser) {
    let (riverside, ann, hillside, bob) = two(place);
    hillside.join(&riverside);
    (riverside, ann, hillside, bob)
}

/// All that stands between two words.
fn between<'a>(page: &'a Page, before: &str, after: &str) -> Vec<&'a str> {
    page.body.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

fn words(page: &Page) -> Vec<String> {
    between(page, "<b lang=\"en\">", "</b>").into_iter().map(String::from).collect()
}

#[test]
fn a_newcomer_comes_in_by_link_after_four_pictures_were_compared() {
    let place = Place::new();
    let (riverside, mut ann, hillside, mut bob) = two(&place);
    let made = ann.send("/network/invitations", &[("partner", "false")]);
    assert!(made.says("Riverside invites you to join") && made.says("class=\"qr\""), "{made:?}");
    let link = between(&made, "id=\"ticket-link\" readonly value=\"", "\"")[0].to_owned();
    assert!(link.contains("/network/join?ticket=COMMONWEAL:"));
    assert!(!ann.open("/network/invitations").says(&link), "it is shown once");

    // Where nobody can use it, it says how to use it, and nothing of this network.
    let path = &link[link.find("/network").unwrap()..];
    let stranger = Browser::of(&riverside).open(path);
    assert!(stranger.says("used in your own Commonweal") && !stranger.says("Valley Network"), "{stranger:?}");
    assert_eq!(Browser::of(&hillside).open("/network/join?ticket=hello").status, 404);
    assert!(bob.open(path).says("What members can see"));
    assert_eq!(bob.send("/network/join", &[("ticket", &link)]).location(), Some("/network"));

    let mut own = vec![];
    eventually("the newcomer sees four words", || {
        own = words(&bob.open("/network"));
        own.len() == 4
    });
    let mut room = ann.open("/network");
    eventually("who invited sees that somebody came", || {
        room = ann.open("/network/invitations");
        room.says("Hillside came with your invitation")
    });
    assert_eq!(words(&room), own, "both see the same four");
    assert!(ann.open("/network").says("1 newcomer is waiting"));
    assert!(bob.open("/network/members").location() == Some("/network"), "nobody is in before the words were compared");
    let key = between(&room, "name=\"key\" value=\"", "\"")[0].to_owned();
    assert_eq!(ann.send("/network/invitations/admit", &[("key", &key)]).location(), Some("/network/members"));
    eventually("both are in", || {
        bob.open("/network/members").says("Riverside") && ann.open("/network/members").says("Hillside")
    });
    eventually("every page says how they stand", || ann.open("/practices").says("Up to date with 1 neighbor"));
    assert!(!Browser::of(&riverside).open("/practices").says("neighbor</span>"), "strangers are not told");
}

#[test]
fn an_invitation_is_taken_back_and_a_newcomer_turned_away() {
    let place = Place::new();
    let (_riverside, mut ann, _hillside, mut bob) = two(&place);
    let made = ann.send("/network/invitations", &[("partner", "false")]);
    let line = between(&made, "readonly spellcheck=\"false\">", "<")[0].to_owned();
    assert_eq!(bob.send("/network/join", &[("ticket", &line)]).location(), Some("/network"));
    eventually("somebody came", || ann.open("/network/invitations").says("Hillside came"));
    let room = ann.open("/network/invitations");
    let invitation = between(&room, "name=\"invitation\" value=\"", "\"")[0].to_owned();
    let back = ann.send("/network/invitations/withdraw", &[("invitation", &invitation)]);
    assert_eq!(back.location(), Some("/network/invitations"));
    assert!(!ann.open("/network/invitations").says("Hillside came"));
    assert_eq!(ann.send("/network/invitations/withdraw", &[("invitation", &invitation)]).status, 409);
    assert_eq!(bob.send("/network/stop", &[]).location(), Some("/network"));
    assert!(bob.open("/network").says("Begin a network, or join one"));
    assert_eq!(bob.send("/network/join", &[("ticket", "hello")]).status, 409);
}

#[test]
fn stewards_propose_and_vote_in_plain_forms() {
    let place = Place::new();
    let (_riverside, mut ann, _hillside, mut bob) = together(&place);
    let text =
        [("deed", "text"), ("name", "River Network"), ("purpose", "Share."), ("rules", "We meet.\r\nWe listen.")];
    assert_eq!(ann.send("/network/proposals", &text).location(), Some("/network/proposals"));
    let page = ann.open("/network/proposals");
    assert!(page.says("The network is called River Network.") && page.says("With the votes of Riverside"), "{page:?}");
    eventually("the neighbor hears of it", || bob.open("/network").says("River Network"));

    // Nothing that differs is nothing to propose, and what was typed stays.
    let same = ann.send("/network/proposals", &[("deed", "remove"), ("member", ""), ("why", "Not lost")]);
    assert!(same.status == 409 && same.says("Choose what to propose first.") && same.says("Not lost"), "{same:?}");

    // A form from before the last decision would undo it: it comes back with what was typed, and what holds now.
    let head = between(&ann.open("/network/proposals"), "name=\"head\" value=\"", "\"")[0].to_owned();
    let text = [("deed", "text"), ("name", "River Network"), ("purpose", "Share what works.")];
    let rules = ("rules", "We meet.\r\nWe listen.");
    assert_eq!(ann.send("/network/proposals", &[&text[..], &[rules, ("head", &head)]].concat()).status, 303);
    let old = [("deed", "text"), ("name", "Valley of Rivers"), ("purpose", "Share."), rules, ("head", &head)];
    let moved = ann.send("/network/proposals", &old);
    assert!(moved.status == 409 && moved.says("The network has decided something else"), "{moved:?}");
    assert!(moved.says("Valley of Rivers") && moved.says("Now: Share what works."), "{moved:?}");
    assert!(ann.open("/network").says("River Network"));

    let ids: Vec<String> = between(&ann.open("/network/proposals"), "name=\"stewards\" value=\"", "\"")
        .into_iter()
        .map(String::from)
        .collect();
    let both =
        [("deed", "stewards"), ("stewards", &ids[0]), ("stewards", &ids[1]), ("votes", "2"), ("why", "Together")];
    let both = both.map(|(name, value)| (name, value as &str));
    assert_eq!(ann.send("/network/proposals", &both).location(), Some("/network/proposals"));
    eventually("it is up for the vote", || bob.open("/network/proposals").says("Hillside becomes a steward."));
    assert!(bob.open("/network").says("1 thing to vote on"));
    let home = bob.open("/");
    assert!(home.says("href=\"/network/proposals\" dir=\"auto\">Hillside becomes a steward."), "{}", home.body);
    assert!(!ann.open("/").says("To vote on"), "who voted waits for others");
    let page = bob.open("/network/proposals");
    assert!(page.says("Has not voted yet") && page.says("Agrees") && page.says("Together"), "{page:?}");
    assert!(ann.open("/network/proposals").says("You agreed."));
    let proposal = between(&page, "name=\"proposal\" value=\"", "\"")[0].to_owned();
    let vote = [("proposal", proposal.as_str()), ("approve", "true")];
    assert_eq!(bob.send("/network/votes", &vote).location(), Some("/network/proposals"));
    eventually("both see the decision", || {
        [&mut ann, &mut bob].into_iter().all(|one| {
            let page = one.open("/network/proposals");
            page.says("2 of 2 stewards must agree from now on.") && page.says("There is nothing to vote on.")
        })
    });
    assert_eq!(bob.send("/network/votes", &vote).status, 409, "it is over");
}

/// Whoever may not change a record once had buttons to choose between its answers, and was turned away.
#[test]
fn only_who_may_change_a_record_chooses_between_its_answers() {
    let place = Place::new();
    let (riverside, mut ann, _hillside, mut bob) = together(&place);
    let id = riverside.practice("Walk to school", "network");
    let read = riverside.show(&id)["heads"][0].as_str().unwrap().to_owned();
    for cost in ["cost=none", "cost=under_1000"] {
        riverside.ask(&["record", "edit", &id, "--heads", &read, "--set", cost]);
    }
    let address = format!("/practices/{id}");
    assert!(ann.open(&address).says(&format!("{address}/choose")));
    eventually("both answers arrive", || bob.open(&address).says("Two answers: Cost"));
    assert!(!bob.open(&address).says("/choose"));
}

#[test]
fn what_is_asked_for_is_chosen_and_what_is_given_is_counted() {
    let place = Place::new();
    let (riverside, mut ann, hillside, mut bob) = together(&place);
    hillside.practice("Walk to school", "network");
    hillside.practice("Kept at home", "private");
    riverside.comes_to_show(&["Walk to school"]);
    eventually("each choice says what it brings", || {
        let page = ann.open("/network/sharing");
        page.says("Practices<span class=\"n\">1</span>") && page.says("Hillside</bdi><span class=\"n\">1</span>")
    });
    let nothing = ann.send("/network/sharing", &[("what", "some"), ("topics", " ")]);
    assert!(nothing.status == 422 && nothing.says("Choose at least one thing"), "{nothing:?}");
    let chosen = [("what", "some"), ("section", "trainings"), ("topics", "Housing")];
    assert_eq!(ann.send("/network/sharing", &chosen).location(), Some("/network/sharing"));
    let rules = riverside.ask(&["subscriptions"])["subscriptions"].as_array().unwrap().len();
    assert_eq!(rules, 3, "two kinds of trainings, and a topic");
    assert!(ann.open("/network/sharing").says("value=\"housing\" checked"));
    hillside.practice("Not asked for", "network");
    hillside.comes_to_agree();
    assert_eq!(riverside.titles(), ["Walk to school"]);
    assert_eq!(ann.send("/network/sharing", &[("what", "all")]).location(), Some("/network/sharing"));
    riverside.comes_to_show(&["Not asked for", "Walk to school"]);

    eventually("what we give is counted by who may have it", || {
        let page = bob.open("/network/sharing");
        let row: Vec<&str> = between(&page, "<tfoot>", "</tfoot>");
        between_text(row[0]) == ["1", "0", "2", "0"]
    });

    let ticket = hillside.ticket(&["--partner"]);
    let library = place.node("Library");
    library.ask(&["network", "join", &ticket, "--wait", "--timeout", "90"]);
    let mut page = bob.open("/network/sharing");
    eventually("the partner is there", || {
        page = bob.open("/network/sharing");
        page.says("Library")
    });
    let partner = between(&page, "name=\"partner\" value=\"", "\"")[0].to_owned();
    assert_eq!(bob.send("/network/partners/end", &[("partner", &partner)]).location(), Some("/network/sharing"));
    assert!(bob.open("/network/sharing").says("You have no partners."));
}

fn between_text(row: &str) -> Vec<&str> {
    row.split("<b>").skip(1).filter_map(|rest| rest.split("</b>").next()).collect()
}

#[test]
fn a_neighbor_is_seen_blocked_and_heard_again() {
    let place = Place::new();
    let (riverside, mut ann, mut hillside, _bob) = together(&place);
    eventually("it is up to date", || {
        let page = ann.open("/network/neighbors");
        page.says("Up to date") && page.says("Hillside") && page.says("In the same building or network")
    });
    let id = between(&ann.open("/network/neighbors"), "name=\"member\" value=\"", "\"")[0].to_owned();
    assert_eq!(ann.send("/network/neighbors/block", &[("member", &id)]).location(), Some("/network/neighbors"));
    let page = ann.open("/network/neighbors");
    assert!(page.says("Blocked since: today") && ann.open("/network/members").says("Blocked by you"), "{page:?}");
    hillside.practice("While blocked", "partners:Riverside");
    // A second neighbor shows that there was time enough for it to come.
    let lakeside = place.node("Lakeside");
    lakeside.join(&riverside);
    lakeside.practice("From Lakeside", "partners:Riverside");
    riverside.comes_to_show(&["From Lakeside"]);
    assert_eq!(ann.send("/network/neighbors/unblock", &[("member", &id)]).location(), Some("/network/neighbors"));
    eventually("what was missed comes", || riverside.titles().contains(&"While blocked".to_owned()));

    // By command as well.
    riverside.ask(&["peers", "block", "Hillside"]);
    assert!(ann.open("/network/neighbors").says("Blocked since: today"));
    riverside.ask(&["peers", "unblock", "Hillside"]);
    assert!(!ann.open("/network/neighbors").says("Blocked since: today"));
    assert!(hillside.stop().success());
    eventually("who is away is waited for", || ann.open("/").says("Waiting for Hillside"));
    assert!(ann.open("/network/neighbors").says("Last heard from: today"));
}

#[test]
fn strangers_are_told_nothing_and_the_admin_sees_the_machine() {
    let place = Place::new();
    let (riverside, mut ann, _hillside, _bob) = together(&place);
    let mut stranger = Browser::of(&riverside);
    for room in ROOMS {
        assert_eq!(stranger.open(&format!("/network{room}")).location(), Some("/sign-in"), "{room}");
        assert_eq!(ann.open(&format!("/network{room}")).status, 200, "{room}");
    }
    let deeds = ["found", "join", "stop", "invitations", "invitations/admit", "invitations/withdraw", "proposals"];
    let more = ["votes", "sharing", "partners/end", "neighbors/block", "neighbors/unblock"];
    for deed in deeds.into_iter().chain(more) {
        let sent = stranger.send(&format!("/network/{deed}"), &[("member", "Hillside"), ("partner", "false")]);
        assert_eq!(sent.location(), Some("/sign-in"), "{deed}");
    }
    assert_eq!(stranger.open("/live").status, 204, "a listener who is not signed in does not try again");
    let page = ann.open("/network/health");
    for text in ["All is well.", "Running since", "today", " MB", "commonweal --home ", " doctor</code>"] {
        assert!(page.says(text), "{text}: {page:?}");
    }
}

#[test]
fn open_pages_are_told_what_neighbors_share_as_long_as_somebody_is_signed_in() {
    let place = Place::new();
    let (_riverside, mut ann, hillside, _bob) = together(&place);
    eventually("both know each other", || ann.open("/").says("Up to date with 1 neighbor"));
    let heard = ann.listen("/live");
    heard.until("data: Up to date with 1 neighbor");
    hillside.practice("Kept at home", "private");
    let id = hillside.practice("Walk to school", "network");
    let note = heard.until("Hillside shared a new practice");
    assert!(note.contains(&format!("/practices/{id}")), "{note}");
    for n in 0..3 {
        hillside.practice(&format!("Walk {n}"), "network");
    }
    heard.until("Hillside shared");
    assert_eq!(ann.send("/sign-out", &[]).status, 303);
    heard.ends();
}
