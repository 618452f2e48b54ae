//! The built binary in whole networks on loopback: what the simulator tells, told once more with real processes.

use std::thread;

use harness::{
    real::{Node, Place, Signal, commonweal, eventually, terminal},
    stranger::Stranger,
};

/// Riverside, Hillside and Lakeside, all stewards, two of whom must agree.
fn three_stewards(place: &Place) -> Vec<Node> {
    let nodes = place.network(&["Riverside", "Hillside", "Lakeside"]);
    nodes[0].ask(&["network", "propose", "stewards", "Riverside,Hillside,Lakeside"]);
    carry(&nodes[1]);
    for node in &nodes {
        eventually("two of three decide", || node.ask(&["network", "members"])["k"] == 2);
    }
    nodes
}

/// Approves the one open proposal, once it is here.
fn carry(node: &Node) {
    let mut id = String::new();
    eventually("the proposal is known", || {
        let network = node.ask(&["network", "show"]);
        let open = network["proposals"].as_array().unwrap().iter().find(|p| p["carried"] == false).cloned();
        id = open.map_or_else(String::new, |p| p["id"].as_str().unwrap().to_owned());
        !id.is_empty()
    });
    node.ask(&["network", "approve", &id]);
}

fn members(node: &Node) -> usize {
    node.ask(&["network", "members"])["members"].as_array().unwrap().len()
}

/// Each writes one practice; in the end all have three, and the very same ones.
#[test]
fn three_nodes_converge() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside", "Lakeside"]);
    nodes[0].practice("Family dinners", "network");
    nodes[1].practice("Warm line", "network");
    nodes[2].practice("Ride share", "public");
    for node in &nodes {
        node.comes_to_show(&["Family dinners", "Ride share", "Warm line"]);
        node.comes_to_agree();
    }
    assert_eq!(nodes[0].shared(), nodes[1].shared());
    assert_eq!(nodes[0].shared(), nodes[2].shared());
}

/// Riverside writes something private and something for its partner. The first stands in no file, log line or answer
/// of anybody else; the second only with the partner.
#[test]
fn what_is_private_reaches_nobody_and_what_is_a_partners_only_the_partner() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside"]);
    let library = place.node("Library");
    let ticket = nodes[0].ticket(&["--partner"]);
    library.ask(&["network", "join", &ticket, "--wait", "--timeout", "90"]);
    let draft = nodes[0].practice("Zanzibar draft", "private");
    nodes[0].ask(&["record", "edit", &draft, "--set", "problem=Nobody knows of Zanzibar."]);
    nodes[0].practice("Quetzal plan", "partners:Library");
    nodes[0].practice("Xylophone evening", "network");
    nodes[0].practice("Open day", "public");
    nodes[1].comes_to_show(&["Open day", "Xylophone evening"]);
    library.comes_to_show(&["Open day", "Quetzal plan"]);
    for node in [&nodes[1], &library] {
        node.comes_to_agree();
    }
    // That the search finds what is there.
    assert!(nodes[0].knows("Zanzibar") && library.knows("Quetzal") && nodes[1].knows("Xylophone"));
    assert!(!nodes[1].knows("Zanzibar") && !library.knows("Zanzibar"), "what is private got out");
    assert!(!nodes[1].knows("Quetzal"), "a partner's record went to a member");
    assert!(!library.knows("Xylophone"), "a network's record went to a partner");
    nodes[0].ask(&["network", "end-partner", "Library"]);
    eventually("the library knows that it is over", || {
        library.ask(&["status"])["trouble"].to_string().contains("your partnership with Riverside ended")
    });
    for word in ["Zanzibar", "Quetzal", "Xylophone"] {
        assert!(!nodes[0].log().contains(word), "a title stands in a log");
    }
}

/// Two of three stewards remove the third. It keeps what it had, and hears nothing of what comes after.
#[test]
fn a_removed_member_gets_nothing_new() {
    let place = Place::new();
    let nodes = three_stewards(&place);
    nodes[2].practice("Lakeside dinners", "network");
    nodes[0].comes_to_show(&["Lakeside dinners"]);
    nodes[0].ask(&["network", "propose", "remove", "Lakeside", "--why", "we parted"]);
    carry(&nodes[1]);
    for node in &nodes[..2] {
        eventually("Lakeside is out", || members(node) == 2);
    }
    nodes[0].practice("Zanzibar plan", "network");
    nodes[1].comes_to_show(&["Lakeside dinners", "Zanzibar plan"]);
    eventually("Lakeside knows that it is out", || {
        nodes[2].ask(&["status"])["trouble"].to_string().contains("no longer a member")
    });
    nodes[1].practice("Zanzibar evening", "public");
    nodes[0].comes_to_show(&["Lakeside dinners", "Zanzibar evening", "Zanzibar plan"]);
    assert_eq!(nodes[2].titles(), ["Lakeside dinners"]);
    assert!(!nodes[2].knows("Zanzibar"));
}

/// Lakeside is no steward and proposes that Hillside be removed. It is not told to vote, which it could not, but who
/// does; a steward is told how. Of a proposal that would make it a steward it is one of those who vote.
#[test]
fn a_member_that_is_no_steward_proposes_and_is_told_who_decides() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside", "Lakeside"]);
    let said = |node: &Node, words: &[&str]| {
        commonweal(&[&["--home", node.home().to_str().unwrap(), "network"], words].concat(), None).out
    };
    let proposed = said(&nodes[2], &["propose", "remove", "Hillside", "--why", "moved away"]);
    for shown in [proposed, said(&nodes[2], &["show"])] {
        assert!(shown.contains("You are no steward; it is decided by the votes of Riverside."), "{shown}");
        assert!(!shown.contains("To vote"), "{shown}");
    }
    assert_eq!(nodes[2].try_ask(&["network", "approve", "abcd"]).code, 4);
    eventually("it is with the steward", || said(&nodes[0], &["show"]).contains("To vote: commonweal network approve"));
    assert!(said(&nodes[2], &["invite"]).contains("Stewards must vote before the newcomer is in"));
    assert!(!said(&nodes[0], &["invite"]).contains("must vote"), "its ticket is its vote, and one is enough");
    // One vote carries it at once: there is nobody left to name.
    let carried = said(&nodes[0], &["propose", "text", "--purpose", "to help"]);
    assert!(carried.contains("Carried") && !carried.contains(" by "), "{carried}");
    let shown = said(&nodes[2], &["propose", "stewards", "Riverside,Lakeside"]);
    assert!(shown.contains("To vote: commonweal network approve"), "{shown}");
    carry(&nodes[0]);
}

/// What was private is shared, looked at under its old id, and deleted: each step says in words what it did, and nothing
/// is left behind that no list shows.
#[test]
fn sharing_and_deleting_say_what_they_did() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside"]);
    let home = nodes[0].home().to_str().unwrap();
    let said = |words: &[&str]| commonweal(&[&["--home", home, "record"], words].concat(), None).out;
    let old = nodes[0].practice("Walk to school", "private");
    let shared = said(&["share", &old, "--audience", "network"]);
    let new = shared.lines().last().unwrap();
    assert!(shared.starts_with("Now shared with the network, as a new record"), "{shared}");
    assert!(new != old && nodes[0].show(new)["id"] == new, "{shared}");
    let first = said(&["show", &old]).lines().next().unwrap().to_owned();
    assert!(first.contains("replaced") && first.contains(&format!("Use {} from now on", &new[..8])), "{first}");
    nodes[1].comes_to_show(&["Walk to school"]);
    let narrowed = said(&["share", new, "--audience", "private"]);
    assert!(narrowed.contains("What others have already stays with them.\n\n"), "{narrowed}");
    assert_eq!(narrowed.lines().last(), Some(new));

    // Nobody answers on this terminal.
    let asked = terminal(&["--home", home, "record", "delete", new]);
    assert!(asked.contains("Walk to school") && asked.contains("Who has it: private"), "{asked}");
    assert!(asked.contains("nothing was deleted"), "{asked}");
    nodes[0].ask(&["record", "delete", new, "--yes"]);
    for id in [new, &old] {
        assert_eq!(nodes[0].try_ask(&["record", "show", id]).code, 8, "{id}");
    }
}

/// Two colleagues open the same form at the same moment, and save one after the other.
#[test]
fn two_colleagues_save_the_same_stale_form_and_both_edits_stand() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside"]);
    let doc = nodes[0].practice("Warm line", "network");
    let heads = nodes[0].show(&doc)["heads"].as_array().unwrap().clone();
    let heads: Vec<&str> = heads.iter().map(|head| head.as_str().unwrap()).collect();
    let save = |set: &str| nodes[0].id(&["record", "edit", &doc, "--heads", &heads.join(","), "--set", set]);
    save("title=Warm line by phone");
    save("problem=Nights are long.");
    save("title=Warm line at night");
    nodes[1].comes_to_agree();
    eventually("Hillside has all three edits", || nodes[1].show(&doc)["history"].as_array().unwrap().len() == 4);
    for node in &nodes {
        let record = node.show(&doc);
        assert_eq!(record["fields"]["problem"], "Nights are long.");
        let values = record["conflicts"][0]["values"].as_array().unwrap();
        let mut values: Vec<&str> = values.iter().map(|value| value["value"].as_str().unwrap()).collect();
        values.sort_unstable();
        assert_eq!(values, ["Warm line at night", "Warm line by phone"]);
    }
}

/// Riverside edits while Hillside's node is off, Hillside while Riverside's is. When they meet, nothing is lost.
#[test]
fn edits_of_one_practice_on_two_cut_off_nodes_merge() {
    let place = Place::new();
    let mut nodes = place.network(&["Riverside", "Hillside"]);
    let doc = nodes[0].id(&[
        "record",
        "create",
        "practice",
        "--audience",
        "network",
        "--editors",
        "members",
        "--set",
        "title=Family dinners",
        "--set",
        "summary=We eat together.",
        "--set",
        "problem=People eat alone.",
    ]);
    nodes[1].comes_to_show(&["Family dinners"]);
    nodes[1].stop();
    nodes[0].ask(&["record", "edit", &doc, "--set", "problem=Many people eat alone.", "--set", "cost=none"]);
    nodes[0].ask(&["record", "edit", &doc, "--set", "title=Thursday dinners"]);
    nodes[0].stop();
    nodes[1].up();
    nodes[1].ask(&["record", "edit", &doc, "--set", "problem=People eat alone in winter."]);
    nodes[1].ask(&["record", "edit", &doc, "--set", "title=Sunday dinners"]);
    nodes[0].up();
    for node in &nodes {
        eventually("both edits are in one text", || {
            node.field(&doc, "problem").as_deref() == Some("Many people eat alone in winter.")
        });
        eventually("both titles are shown", || node.show(&doc)["conflicts"][0]["field"] == "title");
        assert_eq!(node.show(&doc)["fields"]["cost"], "none");
    }
    assert_eq!(nodes[0].shared(), nodes[1].shared());
}

/// Hillside is off for good before Lakeside comes. What it wrote reaches Lakeside through Riverside, and is believed.
#[test]
fn an_edit_relayed_by_a_third_is_believed() {
    let place = Place::new();
    let mut nodes = place.network(&["Riverside", "Hillside"]);
    let doc = nodes[1].practice("Ride share", "network");
    nodes[0].comes_to_show(&["Ride share"]);
    nodes[1].kill();
    let late = place.node("Lakeside");
    late.join(&nodes[0]);
    late.comes_to_show(&["Ride share"]);
    assert_eq!(late.show(&doc)["owner_name"], "Hillside");
    assert_eq!(late.show(&doc)["history"][0]["by"], "Hillside");
    let peers = late.ask(&["peers"]);
    let hillside = peers["peers"].as_array().unwrap().iter().find(|peer| peer["node"] == nodes[1].key.as_str());
    assert!(hillside.is_none_or(|peer| peer["connected"] == false), "they never met: {peers}");
}

/// A node of another network, and one of none, knock at Riverside's door and go away none the wiser.
#[test]
fn a_node_of_a_foreign_network_is_refused_and_learns_nothing() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside"]);
    nodes[0].practice("Zanzibar plan", "public");
    let network = nodes[0].ask(&["network", "show"])["network"].as_str().unwrap().to_owned();
    let id: protocol::identity::Hash = network.parse().unwrap();
    for mut stranger in [Stranger::new("Nobody"), Stranger::new("Elsewhere").found("Other Network")] {
        assert!(stranger.knock(&nodes[0]), "the stranger was not turned away");
        let told = &stranger.heard;
        assert!(!told.is_empty() && told.len() < 400, "{} bytes", told.len());
        assert!(!told.windows(32).any(|bytes| bytes == id.0), "the network's id");
        for word in ["Zanzibar", "Riverside", "Valley"] {
            assert!(!told.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
        }
        assert_eq!(stranger.records(), 0);
        assert!(!nodes[0].ask(&["peers"]).to_string().contains(&stranger.key()), "it is no peer");
    }
    assert_eq!(members(&nodes[0]), 2);
}

/// While Lakeside is off, the charter changes and Seaside is admitted. Seaside then goes away too. What it wrote counts
/// for Lakeside only because Lakeside first learns from the others that Seaside is a member now.
#[test]
fn a_member_with_a_stale_charter_catches_up_first() {
    let place = Place::new();
    let mut nodes = three_stewards(&place);
    nodes[2].stop();
    nodes[0].ask(&["network", "propose", "text", "--purpose", "to help each other"]);
    carry(&nodes[1]);
    let mut late = place.node("Seaside");
    let ticket = nodes[0].ticket(&[]);
    late.ask(&["network", "join", &ticket]);
    eventually("it is told for whom it waits", || {
        let shown = commonweal(&["--home", late.home().to_str().unwrap(), "status"], None).out;
        shown.contains("waiting for the votes of its stewards")
    });
    carry(&nodes[1]);
    eventually("Seaside is in", || late.ask(&["status"])["standing"] == "member");
    late.practice("New here", "network");
    nodes[0].comes_to_show(&["New here"]);
    late.stop();
    nodes[2].up();
    nodes[2].comes_to_show(&["New here"]);
    let network = nodes[2].ask(&["network", "show"]);
    assert_eq!(network["purpose"], "to help each other");
    assert_eq!(network["members"].as_array().unwrap().len(), 4);
}

/// All machines restart in one night. Nothing is lost, and they find each other again.
#[test]
fn a_restart_of_all_nodes_keeps_everything() {
    let place = Place::new();
    let mut nodes = place.network(&["Riverside", "Hillside", "Lakeside"]);
    nodes[0].practice("Only ours", "private");
    for (at, title) in ["Family dinners", "Warm line", "Ride share"].iter().enumerate() {
        nodes[at].practice(title, "network");
    }
    for node in &nodes[1..] {
        node.comes_to_show(&["Family dinners", "Ride share", "Warm line"]);
    }
    let before: Vec<_> = nodes.iter().map(|node| (node.shared(), node.ask(&["network", "members"]))).collect();
    for node in &mut nodes {
        assert!(node.stop().success());
    }
    nodes.iter_mut().for_each(Node::up);
    for (node, (records, members)) in nodes.iter().zip(&before) {
        assert_eq!(&node.shared(), records);
        assert_eq!(&node.ask(&["network", "members"]), members);
        node.comes_to_agree();
    }
    assert_eq!(nodes[0].titles(), ["Family dinners", "Only ours", "Ride share", "Warm line"]);
    nodes[2].practice("Next morning", "network");
    nodes[1].comes_to_show(&["Family dinners", "Next morning", "Ride share", "Warm line"]);
}

/// A service manager says stop while four people save. Every one of them either has an id, and then the record is
/// there afterwards, or a sentence.
#[test]
fn asked_to_stop_in_the_middle_of_work_a_node_stops_gently() {
    let place = Place::new();
    let mut node = place.node("Riverside");
    let written = thread::scope(|scope| {
        let shared = &node;
        let people = (0..4).map(|person| scope.spawn(move || writes_until_it_ends(shared, person)));
        let people: Vec<_> = people.collect();
        eventually("they have begun", || shared.titles().len() > 4);
        shared.signal(Signal::TERM);
        people.into_iter().flat_map(|person| person.join().unwrap()).collect::<Vec<String>>()
    });
    let status = node.stop();
    assert!(status.success(), "{status}");
    assert!(!node.home().join("control.sock").exists(), "it left its socket behind");
    node.up();
    node.must_have(&written);
}

/// Writes one record after the other until the node answers no more; the ids that were printed.
pub(crate) fn writes_until_it_ends(node: &Node, person: usize) -> Vec<String> {
    let mut ids = vec![];
    loop {
        let title = format!("title=Practice {} of person {person}", ids.len());
        let said = node.try_ask(&["record", "create", "practice", "--set", &title]);
        if said.code != 0 {
            assert_eq!(said.code, 6, "{said:?}");
            return ids;
        }
        ids.push(said.json()["id"].as_str().unwrap().into());
    }
}
