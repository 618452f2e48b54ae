//! What we ask for, and what we give. Asking is by plain choices, each with how many records it brings; giving is counted
//! by who may have it, with our partners beside it.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    identity::MemberId,
    input::Request,
    subscription::Rule,
    view::{Answer, NetworkView},
};

use super::{
    super::{
        Web,
        dates::day,
        may::{Admin, Reader},
        section::{SECTIONS, Section},
        site::{Site, later, page},
    },
    in_network,
};
use crate::{catalog::Row, neighbors::Together};

/// Topics offered to choose from: the most frequent ones; others can be typed.
const TOPICS: usize = 24;
/// Who may have a record, from the fewest to the most.
const AUDIENCES: [(&str, &str); 4] = [
    ("private", "give-private"),
    ("partners", "give-partners"),
    ("network", "give-network"),
    ("public", "give-public"),
];

#[derive(Template)]
#[template(path = "network/sharing.html")]
struct SharingPage {
    site: Site,
    all: bool,
    choices: Choices,
    sync: String,
    given: Vec<Given>,
    totals: Vec<(&'static str, usize)>,
    partners: Vec<Partner>,
    own: String,
    wrong: Option<String>,
}

/// One thing that can be asked for.
#[derive(Debug, PartialEq)]
struct Choice {
    value: String,
    label: String,
    count: usize,
    picked: bool,
}

/// All of them.
#[derive(Debug)]
struct Choices {
    sections: Vec<Choice>,
    owners: Vec<Choice>,
    topics: Vec<Choice>,
    /// Rules that no choice above makes, such as those given by a command.
    others: Vec<Choice>,
}

impl Choices {
    /// What is asked for, in words.
    fn picked(&self) -> Vec<&str> {
        let all = [&self.sections, &self.owners, &self.topics, &self.others].into_iter().flatten();
        all.filter(|one| one.picked).map(|one| one.label.as_str()).collect()
    }
}

/// What we give of one room, by who may have it.
struct Given {
    path: &'static str,
    counts: Vec<(&'static str, usize)>,
}

struct Partner {
    id: String,
    name: String,
    until: String,
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, Reader(site): Reader) -> Response {
    room(&web, site, None).await
}

async fn room(web: &Web, site: Site, wrong: Option<String>) -> Response {
    let network = match in_network(web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let Ok(Answer::Subscriptions { subscriptions: rules }) = web.node.ask(Request::Subscriptions).await else {
        return later(&site);
    };
    let rows = web.catalog.rows(site.viewer);
    let (own, theirs): (Vec<_>, Vec<_>) = rows.iter().map(AsRef::as_ref).partition(|row: &&Row| row.own);
    let given: Vec<Given> = SECTIONS.iter().map(|section| given(section, &own)).collect();
    let partner = |one: &protocol::view::PartnerView| Partner {
        id: one.id.to_string(),
        name: one.name.clone(),
        until: day(site.language, one.until),
    };
    let together = web.live.together();
    let shown = SharingPage {
        all: rules.is_empty(),
        choices: choices(&site, &network, &theirs, &rules),
        sync: if together == Together::Nobody { String::new() } else { site.together(&together) },
        totals: totals(&given),
        given: given.into_iter().filter(|one| one.counts.iter().any(|(_, count)| *count > 0)).collect(),
        partners: network.partners.iter().filter(|one| !one.revoked).map(partner).collect(),
        own: web.catalog.whose().member.map_or_else(String::new, |id| id.to_string()),
        wrong,
        site,
    };
    let code = if shown.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    (code, page(&shown)).into_response()
}

fn given(section: &'static Section, own: &[&Row]) -> Given {
    let of_room = |audience: &str| {
        own.iter().filter(|row| row.audience == audience && section.kinds.contains(&row.kind.name)).count()
    };
    Given { path: section.path, counts: AUDIENCES.iter().map(|(audience, who)| (*who, of_room(audience))).collect() }
}

fn totals(given: &[Given]) -> Vec<(&'static str, usize)> {
    let total =
        |who| given.iter().flat_map(|one| &one.counts).filter(|(of, _)| *of == who).map(|(_, count)| count).sum();
    AUDIENCES.iter().map(|(_, who)| (*who, total(*who))).collect()
}

fn choices(site: &Site, network: &NetworkView, theirs: &[&Row], rules: &[Rule]) -> Choices {
    let mut used: Vec<&Rule> = vec![];
    let mut sections = vec![];
    for section in &SECTIONS {
        let wanted: Vec<Rule> = of_section(section).collect();
        let picked = wanted.iter().all(|rule| rules.contains(rule));
        if picked {
            used.extend(rules.iter().filter(|rule| wanted.contains(rule)));
        }
        let count = theirs.iter().filter(|row| section.kinds.contains(&row.kind.name)).count();
        sections.push(Choice { value: section.path.into(), label: site.say(section.path), count, picked });
    }
    let members = network.members.iter().filter(|member| !member.own).map(|member| {
        let rule = of_owner(member.id);
        let count = theirs.iter().filter(|row| row.owner == member.id).count();
        (rule, Choice { value: member.id.to_string(), label: member.name.clone(), count, picked: false })
    });
    let topics = topics(theirs, rules)
        .into_iter()
        .map(|(topic, count)| (of_topic(&topic), Choice { value: topic.clone(), label: topic, count, picked: false }));
    let mut pick = |(rule, mut choice): (Rule, Choice)| {
        choice.picked = rules.contains(&rule);
        used.extend(rules.iter().filter(|held| **held == rule));
        choice
    };
    let (owners, topics) = (members.map(&mut pick).collect(), topics.map(&mut pick).collect());
    let others = rules.iter().filter(|rule| !used.contains(rule)).map(|rule| Choice {
        value: written(rule),
        label: in_words(site, network, rule),
        count: theirs.iter().filter(|row| brings(rule, row)).count(),
        picked: true,
    });
    Choices { others: others.collect(), sections, owners, topics }
}

fn of_section(section: &Section) -> impl Iterator<Item = Rule> {
    section.kinds.iter().map(|kind| Rule { kind: Some((*kind).into()), ..Rule::default() })
}

fn of_owner(owner: MemberId) -> Rule {
    Rule { owner: Some(owner), ..Rule::default() }
}

fn of_topic(topic: &str) -> Rule {
    Rule { tag: Some(format!("topic:{topic}")), ..Rule::default() }.plain()
}

/// Topics of what is here, the most frequent first, and those that are asked for already.
fn topics(theirs: &[&Row], rules: &[Rule]) -> Vec<(String, usize)> {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for topic in theirs.iter().flat_map(|row| row.values("topics")) {
        *counted.entry(topic.trim().to_lowercase()).or_default() += 1;
    }
    let alone = rules.iter().filter(|rule| rule.owner.is_none() && rule.kind.is_none());
    let asked: Vec<&str> = alone.filter_map(|rule| rule.tag.as_deref()?.strip_prefix("topic:")).collect();
    for topic in &asked {
        counted.entry((*topic).to_owned()).or_default();
    }
    let mut all: Vec<(String, usize)> = counted.into_iter().filter(|(topic, _)| !topic.is_empty()).collect();
    all.sort_by_key(|(topic, count)| (!asked.contains(&topic.as_str()), std::cmp::Reverse(*count)));
    all.truncate(TOPICS);
    all
}

fn brings(rule: &Rule, row: &Row) -> bool {
    let has_topic = |tag: &str| {
        let topic = tag.strip_prefix("topic:");
        topic.is_none_or(|topic| row.values("topics").iter().any(|held| held.to_lowercase() == topic))
    };
    rule.owner.is_none_or(|owner| owner == row.owner)
        && rule.kind.as_ref().is_none_or(|kind| *kind == row.kind.name)
        && rule.tag.as_ref().is_none_or(|tag| has_topic(tag))
}

/// A rule as a form holds it.
fn written(rule: &Rule) -> String {
    let owner = rule.owner.map(|owner| owner.to_string()).unwrap_or_default();
    format!("{owner}|{}|{}", rule.kind.as_deref().unwrap_or_default(), rule.tag.as_deref().unwrap_or_default())
}

/// A rule in words: what kind, about what, of whom.
fn in_words(site: &Site, network: &NetworkView, rule: &Rule) -> String {
    let kind = rule.kind.as_deref().and_then(protocol::kinds::kind).map(|kind| site.word(kind.label));
    let tag = rule.tag.as_deref().and_then(|tag| tag.split_once(':')).map(|(_, text)| text.to_owned());
    let name = |owner| network.members.iter().find(|member| member.id == owner).map(|member| member.name.clone());
    let owner = rule.owner.map(|owner| name(owner).unwrap_or_else(|| site.say("former-member")));
    [kind, tag, owner].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// What the form asks for. `None` where it asks for a choice and makes none.
fn asked(fields: &[(String, String)], held: &[Rule]) -> Option<Vec<Rule>> {
    let all = |name: &'static str| fields.iter().filter(move |(held, _)| held == name).map(|(_, value)| value.as_str());
    if all("what").next() != Some("some") {
        return Some(vec![]);
    }
    let sections = all("section").filter_map(|path| SECTIONS.iter().find(|section| section.path == path));
    let owners = all("owner").filter_map(|id| id.parse().ok()).map(of_owner);
    let typed = all("topics").flat_map(|text| text.split([',', ';', '\n']));
    let topics = all("topic").chain(typed).map(str::trim).filter(|topic| !topic.is_empty()).map(of_topic);
    let kept = all("other").filter_map(|text| held.iter().find(|rule| written(rule) == text)).cloned();
    let rules: Vec<Rule> = sections.flat_map(of_section).chain(owners).chain(topics).chain(kept).collect();
    (!rules.is_empty()).then_some(rules)
}

/// Asks for something else from now on.
pub(in crate::web) async fn ask(
    State(web): State<Web>,
    Admin(site): Admin,
    Form(fields): Form<Vec<(String, String)>>,
) -> Response {
    let Ok(Answer::Subscriptions { subscriptions: held }) = web.node.ask(Request::Subscriptions).await else {
        return later(&site);
    };
    let Some(rules) = asked(&fields, &held) else {
        let wrong = site.say("ask-nothing");
        return room(&web, site, Some(wrong)).await;
    };
    let remove = held.iter().filter(|rule| !rules.contains(rule)).cloned().collect();
    let add = rules.into_iter().filter(|rule| !held.contains(rule)).collect();
    match web.node.ask(Request::Subscribe { add, remove }).await {
        Ok(_) => Redirect::to("/network/sharing").into_response(),
        Err(refusal) => {
            let wrong = site.language.refused(&refusal);
            room(&web, site, Some(wrong)).await
        }
    }
}

/// Gives a partner nothing new any more.
pub(in crate::web) async fn end_partner(
    State(web): State<Web>,
    Admin(site): Admin,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    let partner = fields.get("partner").cloned().unwrap_or_default();
    match web.node.ask(Request::EndPartner { partner }).await {
        Ok(_) => Redirect::to("/network/sharing").into_response(),
        Err(refusal) => {
            let wrong = site.language.refused(&refusal);
            room(&web, site, Some(wrong)).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(fields: &[(&str, &str)], held: &[Rule]) -> Option<Vec<Rule>> {
        let fields: Vec<(String, String)> = fields.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
        asked(&fields, held)
    }

    #[test]
    fn a_form_asks_for_what_it_says() {
        assert_eq!(sent(&[("what", "all"), ("section", "practices")], &[]), Some(vec![]));
        assert_eq!(sent(&[("what", "some"), ("topics", " , ")], &[]), None, "nothing would ever come");
        let some = sent(&[("what", "some"), ("section", "trainings"), ("topics", "Housing, food")], &[]).unwrap();
        let kinds: Vec<&str> = some.iter().filter_map(|rule| rule.kind.as_deref()).collect();
        let tags: Vec<&str> = some.iter().filter_map(|rule| rule.tag.as_deref()).collect();
        assert_eq!((kinds, tags), (vec!["training", "training_need"], vec!["topic:housing", "topic:food"]));
        assert!(some.iter().cloned().all(|rule| rule.checked().is_ok()));
    }

    #[test]
    fn a_rule_that_a_command_made_is_kept_as_long_as_it_is_ticked() {
        let owner = Some(MemberId([7; 32]));
        let held = [Rule { owner, kind: Some("training".into()), tag: Some("place:me/kennebec".into()) }];
        let kept = sent(&[("what", "some"), ("other", &written(&held[0]))], &held);
        assert_eq!(kept.as_deref(), Some(&held[..]));
        assert_eq!(sent(&[("what", "some"), ("other", "made up")], &held), None);
    }
}
