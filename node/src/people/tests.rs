//! The rules of who gets in, asked of the real thing over a node that only keeps rows.

use std::collections::BTreeMap;

use tokio::sync::{broadcast, mpsc, watch};

use super::*;
use crate::run::Work;

/// A node that keeps what it is told and knows nothing else.
pub(crate) fn keeper() -> Handle {
    let (work, mut waiting) = mpsc::channel(8);
    tokio::spawn(async move {
        let mut kept: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        while let Some(next) = waiting.recv().await {
            let Work::Ask { request, answer } = next else { continue };
            let answered = match request {
                Request::People => Answer::People { rows: kept.clone().into_iter().collect() },
                Request::KeepPeople { rows } => {
                    for (key, value) in rows {
                        match value {
                            Some(value) => drop(kept.insert(key, value)),
                            None => drop(kept.remove(&key)),
                        }
                    }
                    Answer::Done { done: true }
                }
                _ => Answer::Done { done: false },
            };
            let _ = answer.send(Ok(answered));
        }
    });
    Handle::new(work.clone(), work, broadcast::channel(1).0.downgrade(), watch::channel(false).1)
}

const PASSWORD: &str = "walking to school together";

/// Somebody who is here already, with this role.
fn add(people: &People, name: &str, role: Role) -> Account {
    let account = Account { name: name.into(), role, password: String::new(), called: None, second: None };
    people.held().accounts.insert(name.into(), account.clone());
    account
}

/// The first one comes in; her session's token.
async fn set_up(people: &People, code: Option<String>, name: &str) -> String {
    let token = Some(people.open_set_up(&code.unwrap(), &Visitor::default()).await.unwrap());
    let newcomer = Newcomer { called: "Ann", name, password: PASSWORD };
    people.first(newcomer, &Visitor { token, ..Visitor::default() }).await.unwrap()
}

/// An admin who came in by a node like this and typed her password long ago; her session's token.
pub(crate) async fn came_long_ago(node: Handle) -> (People, String) {
    let (people, code) = People::open(node).await.unwrap();
    let token = set_up(&people, code, "ann").await;
    people.held().sessions.get_mut(&hash(&token)).unwrap().proved_at = Some(1);
    (people, token)
}

/// Waits until what nobody waits for is written.
async fn written(people: &People) {
    tokio::task::yield_now().await;
    drop(people.turn().await);
}

#[tokio::test]
async fn a_key_opens_what_its_owner_may_and_no_more() {
    let node = keeper();
    let (people, code) = People::open(node.clone()).await.unwrap();
    let token = set_up(&people, code, "ann@example.org").await;
    let ann = people.held().accounts["ann@example.org"].clone();
    let reader = add(&people, "rob", Role::Reader);
    assert_eq!(people.make_key(&reader, "", "Report", Scope::Write).await, Err(NotIn::Wrong));
    assert_eq!(people.make_key(&reader, "", " ", Scope::Read).await, Err(NotIn::Name));
    let key = people.make_key(&ann, &token, "Report", Scope::Write).await.unwrap();
    let app = people.make_key(&ann, &token, "Phone", Scope::Calendar).await.unwrap();
    assert_eq!(people.key(&key).map(|(who, scope)| (who.name, scope)), Some((ann.name.clone(), Scope::Write)));
    assert!(people.key(&key.to_uppercase()).is_none() && people.key("").is_none() && people.key("cw_").is_none());
    assert_eq!(people.key(&app.to_uppercase().replace('-', " ")).map(|(_, scope)| scope), Some(Scope::Calendar));

    written(&people).await;

    // After a restart they are known by their hashes; a role that shrank shrinks the key.
    let (people, code) = People::open(node).await.unwrap();
    assert!(code.is_none());
    people.held().accounts.get_mut(&ann.name).unwrap().role = Role::Reader;
    assert_eq!(people.key(&key).map(|(_, scope)| scope), Some(Scope::Read));
    let listed = people.keys(&ann);
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|(_, key)| key.used_at.is_some()) && !format!("{listed:?}").contains(&key));
    let id = &listed.iter().find(|(_, key)| key.label == "Report").unwrap().0;
    assert_eq!(people.end_key(&reader, id).await, Ok(false), "nobody ends another's");
    assert_eq!(people.end_key(&ann, id).await, Ok(true));
    assert!(people.key(&key).is_none());
}

#[tokio::test]
async fn a_visit_is_remembered_over_a_restart() {
    let node = keeper();
    let (people, code) = People::open(node.clone()).await.unwrap();
    let token = set_up(&people, code, "ann").await;
    let ann = people.who(&token).unwrap();
    assert_eq!(people.since(&ann), None);
    written(&people).await;
    let now = clock::now_ms();
    let row = people.held().is_here("ann", now + 10 * 60 * 60 * 1_000).unwrap();
    people.keep(vec![row]).await.unwrap();
    let (people, _) = People::open(node).await.unwrap();
    assert!(people.since(&ann).is_some_and(|at| at.abs_diff(now) < 60_000));
}

#[test]
fn a_code_can_be_read_out_and_typed() {
    let code = spoken(&std::array::from_fn(|n| n as u8 * 7), 2);
    assert_eq!((code.len(), code.chars().filter(|c| *c == '-').count()), (9, 1));
    assert!(!code.contains(['i', 'l', 'o', '1']), "{code}");
    assert_ne!(code, spoken(&[9; 32], 2));
    assert_eq!(typed(&format!(" {} ", code.to_uppercase().replace('-', " "))), code);
}

#[tokio::test]
async fn the_last_who_looks_after_the_node_stays() {
    let (people, code) = People::open(keeper()).await.unwrap();
    set_up(&people, code, "ann").await;
    assert_eq!(people.set_role("ann", "ann", Role::Editor).await, Err(NotIn::LastAdmin));
    assert_eq!(people.remove("ann", "ann").await, Err(NotIn::LastAdmin));
    add(&people, "ben", Role::Admin);
    assert_eq!(people.set_role("ann", "ann", Role::Editor).await, Ok(()));
    assert_eq!(people.remove("ben", "ben").await, Err(NotIn::LastAdmin));
    assert_eq!(people.remove("ben", "nobody").await, Err(NotIn::Gone));
}

#[tokio::test]
async fn a_link_lets_one_in_once_and_ends_with_who_made_it() {
    let (people, code) = People::open(keeper()).await.unwrap();
    set_up(&people, code, "ann").await;
    let (ann, from) = (people.account("Ann ").unwrap(), Visitor::default());
    let newcomer = |name: &'static str| Newcomer { called: "", name, password: PASSWORD };
    let code = people.invite(&ann, Role::Editor, 7).await.unwrap();
    assert_eq!(people.accept(&code, newcomer("ANN"), &from).await, Err(NotIn::NameTaken), "and the link still works");
    let token = people.accept(&code, newcomer("Ben"), &from).await.unwrap();
    assert_eq!(people.who(&token).map(|ben| (ben.name, ben.role)), Some(("ben".into(), Role::Editor)));
    assert_eq!(people.accept(&code, newcomer("carl"), &from).await, Err(NotIn::Gone));
    let late = people.invite(&ann, Role::Admin, 0).await.unwrap();
    assert!(people.link(&late).is_none(), "too old");
    assert_eq!(people.renew(&late, PASSWORD, &from).await, Err(NotIn::Gone), "an invitation renews no password");

    let ben = people.account("ben").unwrap();
    let key = people.make_key(&ben, &token, "Report", Scope::Write).await.unwrap();
    let reset = people.reset("ann", "ben").await.unwrap();
    assert!(people.key(&key).is_none(), "a lost phone held the key too");
    let newer = people.reset("ann", "ben").await.unwrap();
    assert_eq!(people.renew(&reset, "another long password", &from).await, Err(NotIn::Gone));
    assert_eq!(people.accept(&newer, newcomer("carl"), &from).await, Err(NotIn::Gone), "nor is a reset an invitation");
    assert_eq!(people.renew(&newer, "short", &from).await, Err(NotIn::Password), "and it still works");
    assert!(people.renew(&newer, "another long password", &from).await.is_ok());
    assert!(people.who(&token).is_none(), "out on every other browser");
    assert_eq!(people.sign_in("ben", PASSWORD, &from).await, Err(NotIn::Wrong));

    let dave = add(&people, "dave", Role::Admin);
    let of_dave = people.invite(&dave, Role::Admin, 7).await.unwrap();
    people.remove("ann", "dave").await.unwrap();
    assert!(people.link(&of_dave).is_none());
}

#[tokio::test]
async fn a_thousand_guesses_stay_cheap() {
    let (people, code) = People::open(keeper()).await.unwrap();
    set_up(&people, code, "ann").await;
    let from = Visitor { address: "203.0.113.9".into(), ..Visitor::default() };
    let (mut looked, mut told_to_wait) = (0, 0);
    for n in 0..1_000 {
        match people.sign_in(&format!("name {n}"), "guess", &from).await {
            Err(NotIn::Wrong) => looked += 1,
            Err(NotIn::Pause) => told_to_wait += 1,
            other => panic!("{other:?}"),
        }
    }
    // Each one looked at takes 19 MiB and a core for a moment.
    assert!(looked <= 50 && looked + told_to_wait == 1_000, "{looked}");
    let elsewhere = Visitor { address: "198.51.100.7".into(), ..Visitor::default() };
    assert!(people.sign_in("ann", PASSWORD, &elsewhere).await.is_ok(), "nobody else is kept out");
}

/// One stranger who tried her name again and again took every try there was, and the admin could neither sign in nor, where
/// she was, confirm who she is.
#[tokio::test]
async fn who_guesses_keeps_nobody_out() {
    let (people, code) = People::open(keeper()).await.unwrap();
    let token = set_up(&people, code, "ann").await;
    let at = |address: &str| Visitor { address: address.into(), ..Visitor::default() };
    let mut told_to_wait = 0;
    for _ in 0..100 {
        told_to_wait += u32::from(people.sign_in("ann", "guess", &at("203.0.113.9")).await == Err(NotIn::Pause));
    }
    assert!(told_to_wait > 85, "{told_to_wait}");
    people.prove(&people.account("ann").unwrap(), &token, PASSWORD).await.unwrap();
    assert!(people.sign_in("ann", PASSWORD, &at("198.51.100.7")).await.is_ok());
    let ann = people.account("ann").unwrap();
    let tries = async || people.prove(&ann, &token, "guess").await;
    for _ in 0..8 {
        assert_eq!(tries().await, Err(NotIn::Wrong));
    }
    assert_eq!(tries().await, Err(NotIn::Pause), "nor does who found a browser open guess on");
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    let (people, code) = People::open(keeper()).await.unwrap();
    let planted = set_up(&people, code, "ann").await;
    let from = Visitor { token: Some(planted.clone()), ..Visitor::default() };
    let Ok(Came::In(token)) = people.sign_in("ann", PASSWORD, &from).await else { panic!("not in") };
    let ann = people.account("ann").unwrap();
    assert!(people.peek(&token).is_some() && people.seen(&ann).is_none(), "an open page is nobody's visit");
    assert!(people.who(&planted).is_none() && people.who(&token).is_some() && people.seen(&ann).is_some());
    people.held().sessions.get_mut(&hash(&token)).unwrap().proved_at = Some(1);
    assert!(!people.is_proved(&token));
    people.prove(&ann, &token, PASSWORD).await.unwrap();
    assert!(people.is_proved(&token));
    people.held().sessions.get_mut(&hash(&token)).unwrap().seen_at = Some(1);
    assert!(people.who(&token).is_none() && people.peek(&token).is_none(), "unused for too long");
}

#[tokio::test]
async fn who_turned_codes_on_needs_one_and_each_works_once() {
    let node = keeper();
    let (people, code) = People::open(node.clone()).await.unwrap();
    let token = set_up(&people, code, "ann").await;
    let (ann, from) = (people.account("ann").unwrap(), Visitor::default());
    let secret = data_encoding::BASE32_NOPAD.decode(people.new_second(&token).as_bytes()).unwrap();
    let now = clock::now_ms() / 30_000;
    assert_eq!(people.turn_on_second(&ann, &token, "abc").await, Err(NotIn::Wrong));
    let printed = people.turn_on_second(&ann, &token, &second::code_of(&secret, now)).await.unwrap();
    assert_eq!(printed.len(), 10);

    // Also after a restart.
    let (people, _) = People::open(node).await.unwrap();
    let slip = async || match people.sign_in("ann", PASSWORD, &from).await {
        Ok(Came::Second(slip)) => slip,
        other => panic!("{other:?}"),
    };
    let first = slip().await;
    assert!(people.who(&first).is_none(), "a slip is no session");
    let used = second::code_of(&secret, now);
    assert_eq!(people.second_step(&first, &used, &from).await, Err(NotIn::Wrong), "it turned the codes on already");
    assert!(people.second_step(&first, &second::code_of(&secret, now + 1), &from).await.is_ok());
    assert_eq!(people.second_step(&first, &printed[0], &from).await, Err(NotIn::Gone), "nor does a slip work twice");
    assert!(people.second_step(&slip().await, &printed[0], &from).await.is_ok());
    let last = slip().await;
    assert_eq!(people.second_step(&last, &printed[0], &from).await, Err(NotIn::Wrong));
    for _ in 0..7 {
        assert_eq!(people.second_step(&last, "000000", &from).await, Err(NotIn::Wrong));
    }
    assert_eq!(people.second_step(&last, &printed[1], &from).await, Err(NotIn::Pause), "guessing codes ends soon too");
    assert_eq!(people.account("ann").unwrap().codes_left(), 9);
}

/// An admin who saw it coming kept sending one form. Each began while they were still there, and wrote back what they had
/// been: they were in again, with their old role, also after the next start.
#[tokio::test]
async fn who_is_removed_or_made_something_else_cannot_undo_it() {
    let node = keeper();
    let (people, code) = People::open(node.clone()).await.unwrap();
    set_up(&people, code, "ann").await;
    let from = Visitor::default();
    let come = async |name: &'static str| {
        let code = people.invite(&people.account("ann").unwrap(), Role::Admin, 7).await.unwrap();
        people.accept(&code, Newcomer { called: "", name, password: PASSWORD }, &from).await.unwrap()
    };
    let token = come("ben").await;
    let ben = people.account("ben").unwrap();
    let (changed, removed) = tokio::join!(
        people.change_password(&ben, &token, PASSWORD, "another long password"),
        people.remove("ann", "ben")
    );
    assert_eq!((changed, removed), (Err(NotIn::Gone), Ok(())));
    assert!(people.account("ben").is_none() && people.turn_off_second(&ben, &token).await == Err(NotIn::Gone));
    let (again, _) = People::open(node).await.unwrap();
    assert!(again.account("ben").is_none() && again.who(&token).is_none(), "nor after a restart");

    come("ben").await;
    let (made, undone) =
        tokio::join!(people.set_role("ann", "ben", Role::Editor), people.set_role("ben", "ben", Role::Admin));
    assert_eq!((made, undone), (Ok(()), Err(NotIn::Gone)));
    assert_eq!(people.account("ben").map(|ben| ben.role), Some(Role::Editor));
}

/// Whoever lost a phone is signed out at once; its finder changes no password at that moment and makes no key.
#[tokio::test]
async fn who_is_put_out_changes_no_password() {
    let (people, code) = People::open(keeper()).await.unwrap();
    let token = set_up(&people, code, "ann").await;
    let ann = people.account("ann").unwrap();
    let (reset, changed, key, off) = tokio::join!(
        people.reset("", "ann"),
        people.change_password(&ann, &token, PASSWORD, "another long password"),
        people.make_key(&ann, &token, "Report", Scope::Write),
        people.turn_off_second(&ann, &token)
    );
    assert!(reset.is_ok() && people.keys(&ann).is_empty());
    assert_eq!((changed, key, off), (Err(NotIn::Gone), Err(NotIn::Gone), Err(NotIn::Gone)));
    assert!(people.knows("ann", PASSWORD).await.is_some());
}

/// Two admins each gave it up at the same moment, and nobody looked after the node any more. Of two who made the first visit
/// at once, both did.
#[tokio::test]
async fn of_two_at_once_one_is_told_so() {
    let (people, code) = People::open(keeper()).await.unwrap();
    let token = Some(people.open_set_up(&code.unwrap(), &Visitor::default()).await.unwrap());
    let from = Visitor { token, ..Visitor::default() };
    let newcomer = |name: &'static str| Newcomer { called: "", name, password: PASSWORD };
    let (one, other) = tokio::join!(people.first(newcomer("ann"), &from), people.first(newcomer("ben"), &from));
    assert!(one.is_ok() != other.is_ok() && people.list().len() == 1, "{one:?} {other:?}");
    let first = people.list().remove(0).name;
    add(&people, "carl", Role::Admin);
    let (one, other) =
        tokio::join!(people.set_role(&first, &first, Role::Editor), people.set_role("carl", "carl", Role::Editor));
    assert_eq!((one, other), (Ok(()), Err(NotIn::LastAdmin)));
}

/// An admin made an invitation for an admin, was made an editor, and was an admin again by it.
#[tokio::test]
async fn the_links_of_an_admin_end_with_that() {
    let (people, code) = People::open(keeper()).await.unwrap();
    set_up(&people, code, "ann").await;
    let (ben, from) = (add(&people, "ben", Role::Admin), Visitor::default());
    let (invited, reset) =
        (people.invite(&ben, Role::Admin, 30).await.unwrap(), people.reset("ben", "ann").await.unwrap());
    let machine = people.reset("", "ben").await.unwrap();
    people.set_role("ann", "ben", Role::Editor).await.unwrap();
    let late = people.invite(&ben, Role::Admin, 30).await.unwrap();
    for code in [&invited, &reset, &late] {
        assert!(people.link(code).is_none());
    }
    let newcomer = Newcomer { called: "", name: "ben2", password: PASSWORD };
    assert_eq!(people.accept(&late, newcomer, &from).await, Err(NotIn::Gone));
    people.set_role("ann", "ben", Role::Admin).await.unwrap();
    assert!(people.link(&invited).is_none() && people.link(&machine).is_some());
}
