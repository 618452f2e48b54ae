//! What must hold after every step, as functions.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    engine::{Engine, one_by_one},
    identity::{DocId, MemberId},
    input::{Input, Request},
    limits::AUDIT_MS,
    refusal::Refusal,
    store::{Memory, Read, Table},
    view::{Answer, NetworkView, RecordView, StatusView},
};

use crate::{
    disk::{Disk, Spared, truths},
    storm::{Storm, Written},
    watch::{Broken, broken, terms_of},
    world::World,
};

/// Nodes that share a network show the same of every record they both may have.
pub fn same_records(world: &mut World, nodes: &[usize]) {
    let mut seen = vec![];
    for at in nodes {
        let mut shared: Vec<String> = vec![];
        for summary in world.list(*at) {
            if summary.audience == "network" || summary.audience == "public" {
                let record = world.show(*at, summary.id).unwrap();
                shared.push(format!("{} {} {:?}", record.summary.id, record.fields, record.heads));
            }
        }
        seen.push(shared);
    }
    for other in &seen[1..] {
        assert_eq!(&seen[0], other, "two nodes show different records");
    }
}

/// A word that never left its owner: not in anything others heard, nor in what they keep.
pub fn never_left(world: &World, owner: usize, word: &str) {
    let needle = word.as_bytes();
    for ((from, to), bytes) in &world.heard {
        assert!(
            *from != owner || !bytes.windows(needle.len()).any(|w| w == needle),
            "{word:?} went from {from} to {to}"
        );
    }
    for at in (0..world.nodes.len()).filter(|at| *at != owner) {
        let kept = format!("{:?}", world.store(at));
        let listed = needle.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        assert!(!kept.contains(&listed), "{word:?} is kept by {at}");
    }
}

/// How often everybody looks around at most, after the weather cleared up, until all agree.
const ROUNDS: usize = 20;

/// What somebody was told is kept is kept, whatever fails.
pub fn nothing_acknowledged_is_lost(storm: &Storm) -> Result<(), Broken> {
    for (at, rows) in &storm.told {
        let lost = rows.iter().find(|(table, key)| storm.world.store(*at).get(*table, key).unwrap().is_none());
        if let Some((table, _)) = lost {
            return broken("nothing acknowledged is lost", format!("node {at} lost a row of {table:?}"));
        }
    }
    Ok(())
}

/// A charter only grows, unless a machine was set back.
pub fn no_charter_goes_back(storm: &mut Storm) -> Result<(), Broken> {
    for at in 0..storm.world.nodes.len() {
        let long = storm.world.store(at).scan(Table::Charter, &[], &[], usize::MAX >> 1).unwrap().len();
        let before = storm.charters.insert(at, long).unwrap_or(0);
        if long < before {
            return broken("no charter goes back", format!("node {at} had {before} entries and has {long}"));
        }
    }
    Ok(())
}

/// Of what a node knows to be deleted it keeps no text and shows nothing.
pub fn what_is_deleted_is_gone(storm: &Storm) -> Result<(), Broken> {
    for at in 0..storm.world.nodes.len() {
        let rows = storm.world.store(at);
        for doc in &storm.docs {
            if !terms_of(rows, &doc.id).is_some_and(|terms| terms.deleted) {
                continue;
            }
            for table in [Table::View, Table::Payload, Table::Snapshot] {
                if !rows.scan(table, &doc.id.0, &doc.id.0, 1).unwrap().is_empty() {
                    return broken("what is deleted is gone", format!("node {at} keeps {table:?} of {:?}", doc.id));
                }
            }
        }
    }
    Ok(())
}

/// No text is kept where it may not be.
pub fn no_word_is_kept_where_it_may_not(storm: &Storm) -> Result<(), Broken> {
    let watch = storm.watch.borrow();
    for at in 0..storm.world.nodes.len() {
        for table in [Table::Payload, Table::View] {
            for (_, value) in storm.world.store(at).scan(table, &[], &[], usize::MAX >> 1).unwrap() {
                if let Some(word) = watch.misplaced(&value, at) {
                    return broken("canary words stay", format!("node {at} keeps {word} in {table:?}"));
                }
            }
        }
    }
    Ok(())
}

/// What a node shows is what follows from what it keeps: made anew from that alone, it shows the same.
pub fn what_is_shown_is_what_is_kept(storm: &mut Storm) -> Result<(), Broken> {
    for at in 0..storm.world.nodes.len() {
        let (now, keys) = (storm.world.now, storm.world.keys(at).clone());
        let rows = truths(storm.world.store(at), |_| true);
        let shown = shown(storm.world.store(at).clone(), now, &keys, false);
        let anew = self::shown(rows, now, &keys, true);
        if let Some(doc) = shown.keys().chain(anew.keys()).find(|doc| shown.get(doc) != anew.get(doc)) {
            let what = format!("node {at}, {doc:?}: shown {:?}, from what is kept {:?}", shown.get(doc), anew.get(doc));
            return broken("what is shown is what is kept and counts", what);
        }
    }
    Ok(())
}

fn shown(rows: Memory, now: u64, keys: &protocol::identity::Keys, anew: bool) -> BTreeMap<DocId, String> {
    let mut engine = Engine::open(Disk::new(rows, Spared::default()), keys.clone()).unwrap();
    if anew {
        engine.rebuild(&one_by_one).unwrap();
    }
    let mut ask = |request| {
        let effects = engine.handle(now, [0; 32], Input::Ask { id: 1, request });
        effects
            .into_iter()
            .find_map(|e| if let protocol::effect::Effect::Answer { result, .. } = e { Some(*result) } else { None })
    };
    let all = Request::List { kind: None, owner: None, after: None, limit: usize::MAX };
    let Some(Ok(Answer::Records { records })) = ask(all) else { panic!("no list") };
    let mut shown = BTreeMap::new();
    for record in records {
        let Some(Ok(Answer::Record(view))) = ask(Request::Show { doc: record.id.to_string(), history: false }) else {
            panic!("what is listed is not shown")
        };
        shown.insert(record.id, said(&view));
    }
    shown
}

/// What two nodes must say alike of a record.
fn said(view: &RecordView) -> String {
    format!("{} {:?} {:?} {} {}", view.fields, view.heads, view.conflicts.len(), view.editors, view.summary.audience)
}

/// Once the weather is fine, all have the same charter and the same of every record that they may have and ask for, and
/// say that they are complete.
pub fn all_agree(storm: &mut Storm) -> Result<(), Broken> {
    let mut why = String::new();
    for round in 0..ROUNDS {
        storm.world.redial();
        storm.world.settle();
        storm.world.wait(if round == ROUNDS / 2 { AUDIT_MS + 60_000 } else { 31_000 });
        storm.world.settle();
        (0..storm.world.nodes.len()).for_each(|at| storm.world.repair(at));
        storm.world.settle();
        match agree(storm)? {
            None => return Ok(()),
            Some(not) => why = not,
        }
    }
    broken("all agree in the end", format!("after {ROUNDS} rounds: {why}"))
}

/// Who stands how, after the storm.
struct After {
    at: usize,
    status: StatusView,
    network: NetworkView,
}

fn agree(storm: &mut Storm) -> Result<Option<String>, Broken> {
    let mut members = vec![];
    for at in 0..storm.world.nodes.len() {
        let Some(Answer::Status(status)) = storm.ask(at, Request::Status) else { continue };
        let Some(Answer::Network(network)) = storm.ask(at, Request::Network) else { continue };
        if status.standing == Some("member") {
            members.push(After { at, status: *status, network: *network });
        }
    }
    if let Some(forked) = members.iter().find(|m| m.status.trouble.iter().any(|t| matches!(t, Refusal::Forked(_)))) {
        // Only a steward of whom there were two machines can have signed twice.
        if storm.twins.iter().all(|who| *who > 2) {
            return broken("no fork without a culprit", format!("node {}: {:?}", forked.at, forked.status.trouble));
        }
        return Ok(None);
    }
    if let Some(other) = members.iter().find(|m| m.network.head != members[0].network.head) {
        let (one, two) = (members[0].network.seq, other.network.seq);
        return Ok(Some(format!("nodes {} and {} have charters {one} and {two}", members[0].at, other.at)));
    }
    for member in &members {
        if !member.status.complete || !member.status.trouble.is_empty() {
            let away: Vec<_> = member.status.peers.iter().filter(|p| p.connected && !p.complete).collect();
            return Ok(Some(format!("node {} is not complete: {:?} {away:?}", member.at, member.status.trouble)));
        }
    }
    if let Some(apart) = members.iter().flat_map(|m| members.iter().map(move |o| (m.at, o.at))).find(|(a, b)| {
        let twins = storm.watch.borrow().who[*a] == storm.watch.borrow().who[*b];
        a != b && !twins && !storm.world.linked(*a, *b)
    }) {
        return Ok(Some(format!("nodes {} and {} are not connected", apart.0, apart.1)));
    }
    Ok(differs(storm, &members))
}

/// What of an owner's records another node does not have as the owner has it.
fn differs(storm: &mut Storm, members: &[After]) -> Option<String> {
    let mut here: BTreeMap<usize, BTreeMap<DocId, RecordView>> = BTreeMap::new();
    for member in members {
        let list = storm.world.list(member.at);
        let views = list.into_iter().map(|s| (s.id, storm.world.show(member.at, s.id).unwrap())).collect();
        here.insert(member.at, views);
    }
    for owner in members {
        let own: BTreeSet<MemberId> = owner.network.members.iter().filter(|m| m.own).map(|m| m.id).collect();
        for view in here[&owner.at].values().filter(|view| own.contains(&view.summary.owner)) {
            for other in members.iter().filter(|other| other.at != owner.at) {
                let its: BTreeSet<MemberId> = other.network.members.iter().filter(|m| m.own).map(|m| m.id).collect();
                let may = ["network", "public"].contains(&view.summary.audience)
                    || its == own
                    || view.shared_with.iter().any(|who| its.contains(who));
                let theirs = here[&other.at].get(&view.summary.id);
                if may && asks(storm, other.at, &view.summary.kind) && theirs.map(said) != Some(said(view)) {
                    let theirs = theirs.map(said);
                    let what = format!("{:?} of node {} is {} there", view.summary.id, owner.at, said(view));
                    return Some(format!("{what}, and at node {} {theirs:?}", other.at));
                }
            }
        }
    }
    // What is deleted by somebody who was removed meanwhile concerns nobody.
    let stays = |owner: usize| members.iter().any(|member| storm.watch.borrow().who[member.at] == owner);
    let told = |written: &Written| written.deleted && !written.narrowed && stays(written.owner);
    let gone = |doc: &DocId| storm.docs.iter().any(|written| written.id == *doc && told(written));
    let shown = here.iter().flat_map(|(at, views)| views.keys().map(move |doc| (at, doc)));
    let kept = shown.into_iter().find(|(at, doc)| gone(doc) && !storm.twins.contains(&storm.watch.borrow().who[**at]));
    kept.map(|(at, doc)| format!("node {at} shows {doc:?}, which was deleted"))
}

fn asks(storm: &mut Storm, at: usize, kind: &str) -> bool {
    match storm.ask(at, Request::Subscriptions) {
        Some(Answer::Subscriptions { subscriptions }) => {
            subscriptions.is_empty() || subscriptions.iter().any(|rule| rule.kind.as_deref().is_none_or(|k| k == kind))
        }
        _ => false,
    }
}

/// With and without private work, every byte to everybody else is the same.
pub fn nobody_hears_of_private_work(plain: &Storm, secret: &Storm) -> Result<(), Broken> {
    let pairs: BTreeSet<&(usize, usize)> = plain.world.heard.keys().chain(secret.world.heard.keys()).collect();
    for pair in pairs {
        let (one, other) = (plain.world.heard.get(pair), secret.world.heard.get(pair));
        if one != other {
            let (one, other) = (one.map_or(0, Vec::len), other.map_or(0, Vec::len));
            let what = format!("from {} to {}: {one} bytes without private work, {other} with it", pair.0, pair.1);
            return broken("private work moves nobody's bytes", what);
        }
    }
    Ok(())
}
