//! Who may open what: every address of the pages, for everybody who may come, with records of every audience. What is
//! expected follows from the word that stands beside each address in the table of routes; so a new address is tested by
//! being there.

use harness::{
    browser::{Browser, Page},
    program::Program,
    real::{Node, Place, eventually},
};
use node::{
    catalog::Viewer,
    people::{Role, Scope},
    web::May,
};
use serde_json::{Value, json};

const PASSWORD: &str = "walking to school together";
const AUDIENCES: [&str; 3] = ["private", "network", "public"];

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It is for them: a page, a mistake in a form, or the way on.
    Open,
    /// They are to sign in first.
    SignIn,
    /// They are to type their password again first.
    Confirm,
    /// What they typed lets nobody in, or they tried too often.
    Refused,
    /// As if there were nothing.
    Nothing,
    /// Nobody does this here.
    NoSuchMethod,
}

fn verdict(page: &Page) -> Verdict {
    match (page.status, page.location()) {
        (303 | 307, Some("/sign-in")) => Verdict::SignIn,
        (303 | 307, Some(to)) if to.starts_with("/settings/confirm") => Verdict::Confirm,
        (403 | 429, _) => Verdict::Refused,
        (404, _) => Verdict::Nothing,
        (405, _) => Verdict::NoSuchMethod,
        (200..=499, _) => Verdict::Open,
        _ => panic!("{page:?}"),
    }
}

/// What the word beside an address says of somebody with this role, who has just signed in; of a record's page also its
/// audience counts. That others are asked for their password again is held to beside those words.
fn expected(may: May, role: Option<Role>, audience: Option<&str>) -> Verdict {
    let sees = audience.is_none_or(|audience| Viewer::of(role).may_see(audience));
    let least = match may {
        May::Never => return Verdict::NoSuchMethod,
        May::WithLink => return Verdict::Nothing,
        May::FirstVisit => return Verdict::SignIn,
        May::Anybody => return if sees { Verdict::Open } else { Verdict::Nothing },
        May::SignedIn | May::Proved => Role::Coordinator,
        May::Reader => Role::Reader,
        May::Editor => Role::Editor,
        May::Admin | May::Keeper => Role::Admin,
    };
    match role {
        None => Verdict::SignIn,
        Some(role) if role >= least && sees => Verdict::Open,
        Some(_) => Verdict::Nothing,
    }
}

/// Here all records are of this collaborative, and nobody makes a version of what is their own.
fn of_own(path: &str, asked: Verdict) -> Verdict {
    if path.ends_with("/use-too") && asked == Verdict::Open { Verdict::Nothing } else { asked }
}

/// Forms that ask for a password or a code by themselves: these here hold a wrong one.
const ASKING: [&str; 6] = [
    "/sign-in",
    "/sign-in/code",
    "/settings/password",
    "/settings/confirm",
    "/settings/two-step",
    "/settings/recovery-sheet",
];

/// What is sent to those is refused.
fn of_sent(path: &str, asked: Verdict) -> Verdict {
    if ASKING.contains(&path) && asked == Verdict::Open { Verdict::Refused } else { asked }
}

struct Village {
    node: Node,
    ann: Browser,
}

impl Village {
    fn new(place: &Place) -> Village {
        let node = place.with_pages("Riverside");
        node.ask(&["network", "found", "--name", "Valley Network"]);
        let ann = Browser::set_up(&node, "ann@example.org", PASSWORD);
        Village { node, ann }
    }

    /// Somebody with this role, who has just signed in.
    fn comes(&mut self, name: &str, role: Role) -> Browser {
        let page = self.ann.send("/settings/people", &[("role", role.name()), ("days", "7")]);
        let link = page.body.split("/welcome/").nth(1).unwrap().split('"').next().unwrap();
        let mut browser = Browser::of(&self.node);
        let typed = [("name", name), ("password", PASSWORD)];
        assert_eq!(browser.send(&format!("/welcome/{link}"), &typed).location(), Some("/"));
        browser
    }

    /// The first change of a practice.
    fn change(&mut self, id: &str) -> String {
        let page = self.ann.open(&format!("/practices/{id}/history"));
        page.body.split("/history/").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// A new practice; its id.
    fn write(&mut self, audience: &str) -> String {
        let fields = [("title", "Walk to school"), ("summary", "We walk."), ("_audience", audience)];
        let page = self.ann.send("/practices/new?kind=practice", &fields);
        page.location().unwrap().rsplit('/').next().unwrap().to_owned()
    }
}

/// An address with something in each of its places: a record, and its first change.
fn filled(path: &str, id: &str, change: &str, backup: &str) -> String {
    let places = [
        ("{room}", "practices"),
        ("{id}", id),
        ("{step}", "ready"),
        ("{code}", "nonsense"),
        ("{secret}", "nonsense.ics"),
        ("{change}", change),
        ("{backup}", backup),
        ("feeds/{name}", "feeds/practices.atom"),
        ("{name}", "5.svg"),
        ("{*path}", "css/commonweal.css"),
    ];
    let filled = places.iter().fold(path.to_owned(), |path, (place, text)| path.replace(place, text));
    assert!(!filled.contains('{'), "say what to put into {path}");
    filled
}

/// Something in each field that any form has: whoever may send it does no harm with it.
const FORM: [(&str, &str); 7] = [
    ("scope", "calendar"),
    ("label", "Phone"),
    ("role", "reader"),
    ("days", "7"),
    ("name", "spare"),
    ("id", "none"),
    ("_at", "/practices/new"),
];

#[test]
fn everybody_opens_what_the_table_says_and_nothing_else() {
    let place = Place::new();
    let mut village = Village::new(&place);
    village.comes("spare", Role::Reader);
    let made = village.node.ask(&["backup", "create"]);
    let backup = made["path"].as_str().and_then(|path| path.rsplit('/').next()).unwrap().to_owned();
    let ids = AUDIENCES.map(|audience| village.write(audience));
    let changes = ids.each_ref().map(|id| village.change(id));
    eventually("all are listed", || ids.iter().all(|id| village.ann.open("/practices").says(id)));
    let mut addresses = node::web::addresses();
    // What tells pages the news has no end; who hears what there has a test of its own.
    addresses.retain(|(path, _)| *path != "/live");
    // Signing out comes last: nobody is anybody after it.
    addresses.sort_by_key(|(path, _)| *path == "/sign-out");
    assert!(addresses.len() > 30, "the table was not found");
    let (mut wrong, mut tried) = (vec![], 0);
    for role in [None, Some(Role::Coordinator), Some(Role::Reader), Some(Role::Editor), Some(Role::Admin)] {
        let mut browser = match role {
            None => Browser::of(&village.node),
            Some(role) => village.comes(role.name(), role),
        };
        for (path, [read, send]) in &addresses {
            let audiences = AUDIENCES.iter().zip(&ids).map(|(audience, id)| (Some(*audience), id.clone()));
            let change_of = |id: &String| ids.iter().position(|of| of == id).map_or("none", |at| &changes[at]);
            let of_records = if path.contains("{id}") { 3 } else { 1 };
            for (audience, id) in audiences.take(of_records) {
                let audience = audience.filter(|_| of_records > 1);
                let asked = of_own(path, expected(*read, role, audience));
                let got = verdict(&browser.open(&filled(path, &id, change_of(&id), &backup)));
                if got != asked {
                    wrong.push(format!("GET {path}, {role:?}, {audience:?}: {got:?}, not {asked:?}"));
                }
                let asked = of_own(path, expected(*send, role, audience));
                // Who may deletes it.
                let own = audience.filter(|_| asked == Verdict::Open).map(|audience| village.write(audience));
                let to = own.as_ref().unwrap_or(&id);
                let change = match own.is_some() && path.ends_with("/restore") {
                    true => village.change(to),
                    false => change_of(to).to_owned(),
                };
                let form = [&FORM[..], &[("_change", change.as_str())]].concat();
                let asked = of_sent(path, asked);
                let got = verdict(&browser.send(&filled(path, to, &change, &backup), &form));
                if got != asked {
                    wrong.push(format!("POST {path}, {role:?}, {audience:?}: {got:?}, not {asked:?}"));
                }
                tried += 2;
            }
        }
    }
    assert!(wrong.is_empty() && tried > 300, "{tried} tried\n{}", wrong.join("\n"));
}

/// What a key opens of the API: that its description names the scope of each operation is what is held to here.
#[test]
fn every_key_opens_what_the_description_says_and_nothing_else() {
    let place = Place::new();
    let mut village = Village::new(&place);
    let ids = AUDIENCES.map(|audience| village.write(audience));
    let mut programs = vec![(None, Scope::Address, Program::of(&village.node, None))];
    for role in [Role::Coordinator, Role::Reader, Role::Editor, Role::Admin] {
        let mut browser = village.comes(role.name(), role);
        for scope in Scope::ALL.into_iter().filter(|scope| *scope <= Scope::most(role)) {
            let key = browser.key(scope.name());
            programs.push((Some(role), scope, Program::of(&village.node, Some(&key))));
        }
    }
    let described = programs[0].2.get("/openapi.json").1;
    let inside = &programs.last().unwrap().2;
    eventually("all are listed", || inside.get("/records").1["records"].as_array().is_some_and(|all| all.len() == 3));
    let (mut wrong, mut tried) = (vec![], 0);
    for (role, scope, program) in &programs {
        for (path, methods) in described["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let needs = operation["description"].as_str().and_then(|says| says.split('`').nth(1));
                let needs = needs.map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name).unwrap());
                let of_records = path == "/records/{id}" && method == "get";
                for (audience, id) in AUDIENCES.iter().zip(&ids).take(if of_records { 3 } else { 1 }) {
                    let sees = !of_records || Viewer::of(*role).may_see(audience);
                    let asked = match (role, needs) {
                        (Some(_), _) if *scope <= Scope::Calendar => 401,
                        (None, Some(_)) => 401,
                        (Some(Role::Coordinator), Some(_)) => 403,
                        (Some(_), Some(needs)) if *scope < needs => 403,
                        (_, None) if of_records => {
                            if sees {
                                200
                            } else {
                                404
                            }
                        }
                        _ => 0,
                    };
                    // What tells of changes has no end.
                    if path == "/events" && asked == 0 {
                        continue;
                    }
                    // Whoever may do something does it to nothing that is here.
                    let at = path.replace("{id}", if of_records { id } else { "aaaa" }).replace("{kind}", "practice");
                    let at = at.replace("{member}", "nobody").replace("{change}", "aaaa");
                    let got = program.ask(&method.to_uppercase(), &at, &json!({})).0;
                    if got != asked && (asked != 0 || [401, 403, 405].contains(&got) || got >= 500) {
                        wrong.push(format!("{method} {at}, {role:?}, {scope:?}, {audience}: {got}, not {asked}"));
                    }
                    tried += 1;
                }
            }
        }
        // Who may sign in is told to nobody over the web.
        for (method, at) in [("GET", "/people"), ("POST", "/people/ann@example.org/reset")] {
            let got = program.ask(method, at, &Value::Null).0;
            if got != 404 {
                wrong.push(format!("{method} {at}, {role:?}, {scope:?}: {got}"));
            }
        }
    }
    assert!(wrong.is_empty() && tried > 300, "{tried} tried\n{}", wrong.join("\n"));
}
