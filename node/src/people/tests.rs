//! The rules of who gets in, asked of the real thing over a node that only keeps rows.

use std::collections::BTreeMap;

use tokio::sync::{broadcast, mpsc, watch};

use super::*;
use crate::run::Work;

/// A node that keeps what it is told and knows nothing else.
fn keeper() -> Handle {
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
    let account = Account { name: name.into(), role, password: String::new() };
    people.held().accounts.insert(name.into(), account.clone());
    account
}

/// Waits until what nobody waits for is written.
async fn written(people: &People) {
    people.keep(vec![]).await.unwrap();
}

#[tokio::test]
async fn a_key_opens_what_its_owner_may_and_no_more() {
    let node = keeper();
    let (people, code) = People::open(node.clone()).await.unwrap();
    people.set_up(&code.unwrap(), "ann@example.org", PASSWORD).await.unwrap();
    let ann = people.held().accounts["ann@example.org"].clone();
    let reader = add(&people, "rob", Role::Reader);
    assert_eq!(people.make_key(&reader, "Report", Scope::Write).await, Err(NotIn::Wrong));
    assert_eq!(people.make_key(&reader, " ", Scope::Read).await, Err(NotIn::Name));
    let key = people.make_key(&ann, "Report", Scope::Write).await.unwrap();
    let app = people.make_key(&ann, "Phone", Scope::Calendar).await.unwrap();
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
    let token = people.set_up(&code.unwrap(), "ann", PASSWORD).await.unwrap();
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
