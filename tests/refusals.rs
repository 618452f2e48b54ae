//! Bad input, through the real binary: each gives a sentence that says what to do and an exit code that means it, and
//! changes nothing.

use std::{
    fs::{self, Permissions},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
};

use harness::real::{Node, Place, Said, commonweal, eventually};

/// Exit codes, as `commonweal --help` lists them.
const USAGE: i32 = 2;
const INVALID: i32 = 3;
const NOT_FOUND: i32 = 4;
const NOT_ALLOWED: i32 = 5;
const NOT_READY: i32 = 6;
const TICKET: i32 = 7;
const CONFLICT: i32 = 8;
const CHARTER: i32 = 9;
const LISTEN: i32 = 12;

/// What a home holds for good: every byte of its journal, and its keys.
fn kept(home: &Path) -> Vec<(String, Vec<u8>)> {
    let files = ["journal", "keys"].into_iter().flat_map(|folder| fs::read_dir(home.join(folder)).unwrap());
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect()
}

/// Fails unless the command ends with this code, says all of these words, and leaves the home as it was.
fn refused(node: &Node, words: &[&str], input: &str, code: i32, says: &[&str]) {
    let before = kept(node.home());
    let said = commonweal(&[&["--home", node.home().to_str().unwrap(), "--json"], words].concat(), Some(input));
    told(&said, words, code, says);
    if code != USAGE {
        let error = &said.json()["error"];
        assert!(says.iter().all(|word| error["message"].as_str().unwrap().contains(word)), "{words:?}: {error}");
    }
    assert!(before == kept(node.home()), "{words:?} was refused and changed something");
}

fn told(said: &Said, words: &[&str], code: i32, says: &[&str]) {
    assert_eq!(said.code, code, "{words:?}: {said:?}");
    for word in says {
        assert!(said.err.contains(word), "{words:?} should say {word:?}: {}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{words:?}: {}", said.err);
}

/// A coordinator mistypes what one can mistype in a record.
#[test]
fn a_record_that_is_not_right_is_not_written_and_says_where() {
    let place = Place::new();
    let node = place.node("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let long = format!("title={}", "a".repeat(3_000));
    let session = ["create", "session", "--set", "title=Talk", "--set", "start=2026-05-01T10:00"];
    let rated = ["create", "practice", "--set", "title=Walk", "--set", "evidence[1].scheme=cebc"];
    let cases: [(&[&str], &[&str]); 12] = [
        (&["create", "practise", "--set", "title=Walk"], &["no kind `practise`", "practice"]),
        (&["list", "practise"], &["no kind `practise`", "practice"]),
        (&["create", "practice", "--set", "titel=Walk"], &["titel: There is no such field", "Did you mean “title”?"]),
        (&["create", "practice", "--set", "summary=Why"], &["title: This is needed; write something here."]),
        (&["create", "practice", "--set", &long], &["title: ", "3000 characters", "shorten it to 200"]),
        (
            &["create", "practice", "--set", "title=Walk", "--audience", "network"],
            &["summary: This is needed before others may see", "or keep the record private"],
        ),
        (
            &["create", "practice", "--set", "title=Walk", "--audience", "all"],
            &["`all` is no audience", "network or public"],
        ),
        (&[&rated[..], &["--set", "evidence[1].rated_on=2026-02-30"]].concat(), &["no 2026-02-30 in the calendar"]),
        (&[&rated[..], &["--set", "evidence[1].rated_on=soon"]].concat(), &["“soon” is not a date", "like 2026-03-01"]),
        (
            &[&session[..], &["--set", "end=2026-05-01T11:00", "--set", "zone=America/New_Yrok"]].concat(),
            &["zone: “America/New_Yrok” is not a known time zone", "Did you mean “America/New_York”?"],
        ),
        (
            &[&session[..], &["--set", "end=2026-05-01T09:00", "--set", "zone=America/New_York"]].concat(),
            &["end: This comes before “Starts”"],
        ),
        (
            &["create", "practice", "--set", "title=Walk", "--set", "cost=cheap"],
            &["not one of the choices", "under_1000"],
        ),
    ];
    for (words, says) in cases {
        refused(&node, &[&["record"], words].concat(), "", INVALID, says);
    }
    for input in ["Walk to school", "[1]", "{\"title\": \"Walk\"", "{\"title\": 7, \"steps\": \"many\"}"] {
        refused(&node, &["record", "create", "practice", "--file", "-"], input, INVALID, &[]);
    }
    refused(&node, &["record", "create", "practice", "--file", "-"], "Walk", INVALID, &["JSON", "such as {\"title\""]);
    refused(
        &node,
        &["record", "create", "practice", "--file", "nowhere.json"],
        "",
        NOT_FOUND,
        &["no file nowhere.json"],
    );
    refused(&node, &["record", "create"], "", USAGE, &["Usage"]);
    let twice = commonweal(
        &[
            &["--home", node.home().to_str().unwrap(), "record"],
            &session[..],
            &["--set", "end=2026-05-01T11:00", "--set", "zone=Mars"],
        ]
        .concat(),
        None,
    );
    assert_eq!(twice.err.matches("zone:").count(), 1, "one mistake is told once: {}", twice.err);
}

/// A rule for `trainings`, a kind that does not exist, was kept, and nothing came any more.
#[test]
fn a_rule_that_matches_nothing_is_not_kept() {
    let place = Place::new();
    let node = place.node("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let meant = ["no kind `trainings`", "did you mean “training”?", "library_item"];
    refused(&node, &["subscribe", "--kind", "trainings"], "", INVALID, &meant);
    refused(&node, &["subscribe", "--tag", "housing"], "", INVALID, &["`housing`", "topic:housing"]);
    node.ask(&["subscribe", "--kind", "training", "--tag", "topic:Housing"]);
    assert_eq!(node.ask(&["subscriptions"])["subscriptions"][0]["tag"], "topic:housing");
    let left = node.ask(&["unsubscribe", "--kind", "training", "--tag", "topic:Housing"]);
    assert_eq!(left["subscriptions"].as_array().unwrap().len(), 0);
}

/// An edit from a file emptied the summary of a practice that the whole network had.
#[test]
fn a_shared_record_keeps_what_sharing_needs() {
    let place = Place::new();
    let node = place.node("Riverside");
    node.ask(&["network", "found", "--name", "Valley Network"]);
    let doc = node.practice("Walk to school", "network");
    let needed = ["summary: This is needed before others may see"];
    let file = ["record", "edit", &doc, "--file", "-"];
    refused(&node, &file, "{\"title\": \"Walk\"}", INVALID, &needed);
    refused(&node, &["record", "edit", &doc, "--set", "summary="], "", INVALID, &needed);
    node.ask(&["record", "edit", &doc, "--set", "cost=none"]);
    let draft = node.practice("Draft", "private");
    node.ask(&["record", "edit", &draft, "--set", "summary="]);
}

/// Ids that name nothing, records of somebody else, and states that are gone.
#[test]
fn a_record_that_cannot_be_had_or_changed_says_why() {
    let place = Place::new();
    let nodes = place.network(&["Riverside", "Hillside"]);
    let theirs = nodes[0].practice("Family dinners", "network");
    nodes[1].comes_to_show(&["Family dinners"]);
    nodes[1].comes_to_agree();
    refused(
        &nodes[1],
        &["record", "show", "abcdefgh"],
        "",
        NOT_FOUND,
        &["no record has the id `abcdefgh`", "record list"],
    );
    refused(&nodes[1], &["record", "show", &theirs[..3]], "", NOT_FOUND, &["at least its first four letters"]);
    let title = ["--set", "title=Ours now"];
    refused(
        &nodes[1],
        &[&["record", "edit", &theirs], &title[..]].concat(),
        "",
        NOT_ALLOWED,
        &["belongs to Riverside"],
    );
    refused(
        &nodes[1],
        &["record", "share", &theirs, "--audience", "public"],
        "",
        NOT_ALLOWED,
        &["belongs to Riverside"],
    );
    refused(&nodes[1], &["record", "delete", &theirs, "--yes"], "", NOT_ALLOWED, &["belongs to Riverside"]);
    refused(&nodes[1], &["network", "invite", "--days", "61"], "", INVALID, &["between 1 and 60 days"]);
    refused(&nodes[1], &["network", "approve", "abcdef"], "", NOT_FOUND, &["no open proposal", "network show"]);
    refused(&nodes[0], &["network", "propose", "remove", "Riverside"], "", CHARTER, &["no steward", "appoint another"]);
    refused(
        &nodes[1],
        &["network", "propose", "remove", "Riverside"],
        "",
        CHARTER,
        &["no steward", "propose to appoint another one", "commonweal network propose stewards"],
    );

    let own = nodes[1].id(&["record", "create", "practice", "--set", "title=Walk"]);
    refused(
        &nodes[1],
        &["record", "share", &own, "--audience", "network"],
        "",
        INVALID,
        &["summary: This is needed before"],
    );
    let partner = ["--audience", "partners:Nobody", "--set", "title=Walk", "--set", "summary=Why"];
    let partner = [&["record", "create", "practice"], &partner[..]].concat();
    refused(&nodes[1], &partner, "", NOT_FOUND, &["nobody here is called `Nobody`", "network members"]);
    let unseen = ["--heads", &"a".repeat(52)];
    refused(&nodes[1], &[&["record", "edit", &own], &title[..], &unseen].concat(), "", CONFLICT, &["read it again"]);
    let no_heads = ["--heads", "yesterday"];
    refused(
        &nodes[1],
        &[&["record", "edit", &own], &title[..], &no_heads].concat(),
        "",
        INVALID,
        &["`yesterday` is not an id"],
    );
    refused(&nodes[1], &["record", "delete", &own], "", NOT_ALLOWED, &["nothing was deleted", "--yes"]);
    nodes[1].ask(&["record", "delete", &own, "--yes"]);
    refused(&nodes[1], &[&["record", "edit", &own], &title[..]].concat(), "", CONFLICT, &["was deleted"]);
}

/// A ticket with a letter changed, one used already, something else altogether, and one too many.
#[test]
fn a_ticket_that_is_not_good_leads_nowhere() {
    let place = Place::new();
    let host = place.node("Riverside");
    refused(&host, &["network", "invite"], "", NOT_READY, &["belongs to no network yet", "network found"]);
    host.ask(&["network", "found", "--name", "Valley Network"]);
    let guest = place.node("Hillside");
    let ticket = host.ticket(&[]);
    let flipped = if ticket.ends_with('a') { "b" } else { "a" };
    let altered = format!("{}{flipped}", &ticket[..ticket.len() - 1]);
    refused(&guest, &["network", "join", "hello"], "", TICKET, &["not a ticket", "begins with `commonweal:`"]);
    refused(&guest, &["network", "join", &altered], "", TICKET, &["damaged", "copy the whole line again"]);
    refused(&guest, &["network", "join", &ticket[..ticket.len() - 9]], "", TICKET, &["copy the whole line again"]);
    guest.join(&host);
    let first = place.node("Lakeside");
    first.ask(&["network", "join", &ticket, "--wait", "--timeout", "90"]);
    refused(&first, &["network", "join", &ticket], "", NOT_READY, &["already belongs to a network"]);

    let second = place.node("Seaside");
    let said = second.try_ask(&["network", "join", &ticket, "--wait", "--timeout", "90"]);
    told(&said, &["join"], TICKET, &["was not accepted", "ask for a new one"]);
    let status = second.ask(&["status"]);
    assert!(status["network"].is_null() && status["trouble"].to_string().contains("ask for a new one"), "{status}");
    assert_eq!(host.ask(&["network", "members"])["members"].as_array().unwrap().len(), 3);
    assert_eq!(host.ask(&["network", "show"])["applications"].as_array().unwrap().len(), 0);
    second.join(&host);
}

/// A home others can read, a home in use, ports in use, no node at all.
#[test]
fn a_node_that_cannot_start_says_what_to_do() {
    let place = Place::new();
    let mut node = place.named("Riverside");
    let home = node.home().display().to_string();
    refused(&node, &["status"], "", NOT_READY, &["no node is running", &format!("`commonweal --home {home} up`")]);
    let nowhere = place.path().join("nowhere");
    let said = commonweal(&["--home", nowhere.to_str().unwrap(), "record", "list"], None);
    let make = format!("commonweal --home {} init --name", nowhere.display());
    told(&said, &["record", "list"], NOT_READY, &["no node is running", "none in that folder yet", &make]);
    assert!(!nowhere.exists(), "a command that only asks makes no home");

    let (home, key) = (node.home().to_owned(), node.home().join("keys/member"));
    for (path, loose, right) in [(&home, 0o755, 0o700), (&key, 0o644, 0o600)] {
        fs::set_permissions(path, Permissions::from_mode(loose)).unwrap();
        let fix = format!("chmod {right:o} {}", path.display());
        refused(
            &node,
            &["up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"],
            "",
            NOT_ALLOWED,
            &["others on this computer", &fix],
        );
        fs::set_permissions(path, Permissions::from_mode(right)).unwrap();
    }

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let listen = format!("/ip4/127.0.0.1/tcp/{port}");
    refused(
        &node,
        &["up", "--no-mdns", "--listen", &listen],
        "",
        LISTEN,
        &["in use", &port.to_string(), "another port"],
    );
    let web = ["up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0", "--web", &format!("127.0.0.1:{port}")];
    refused(&node, &web, "", LISTEN, &["--web", &port.to_string()]);
    refused(&node, &["up", "--listen", "riverside.example:7447"], "", INVALID, &["Write it like /ip4/"]);

    node.up();
    let pid = node.pid().to_string();
    refused(
        &node,
        &["up", "--no-mdns", "--listen", "/ip4/127.0.0.1/tcp/0"],
        "",
        NOT_READY,
        &["in use by process", &pid, "stop that node"],
    );
    assert_eq!(node.ask(&["status"])["name"], "Riverside", "the first goes on as if nothing had been");
}

/// Before it has a name or a network, a node says which comes first.
#[test]
fn what_must_be_done_first_is_said() {
    let place = Place::new();
    let node = place.unnamed("Riverside");
    refused(
        &node,
        &["record", "create", "practice", "--set", "title=Walk"],
        "",
        NOT_READY,
        &["commonweal init --name"],
    );
    refused(&node, &["network", "found", "--name", "Valley"], "", NOT_READY, &["commonweal init --name"]);
    refused(&node, &["init", "--name", ""], "", INVALID, &["at most 120 letters"]);
    node.ask(&["init", "--name", "Riverside"]);
    let shared = ["--audience", "network", "--set", "title=Walk", "--set", "summary=Why"];
    let shared = [&["record", "create", "practice"], &shared[..]].concat();
    refused(&node, &shared, "", NOT_READY, &["commonweal network found", "commonweal network join"]);
    refused(&node, &["network", "show"], "", NOT_READY, &["commonweal network found", "commonweal network join"]);
}

/// A home may lie deep: its socket's path has more bytes than the system allows a socket to have.
#[test]
fn a_home_with_a_long_path_works() {
    let place = Place::new();
    let mut node = place.named(&["a-long-name"; 10].join("-"));
    assert!(node.home().join("control.sock").as_os_str().len() > 120);
    node.up();
    let id = node.id(&["record", "create", "practice", "--set", "title=Walk"]);
    node.kill();
    node.up();
    eventually("it is there again", || node.field(&id, "title").as_deref() == Some("Walk"));
    assert!(node.stop().success());
}
