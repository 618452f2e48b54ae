//! What is voted on, and what was decided: plain forms that say what will happen and how many stewards must agree.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{
    charter::Change,
    input::{Amendment, Request},
    refusal::Refusal,
    view::{Answer, MemberView, NetworkView, ProposalView},
};

use super::{
    super::{
        Web,
        dates::date,
        may::{Admin, SignedIn},
        sent::{SentByAdmin, remembered},
        site::{Site, later, page},
    },
    in_network,
};

#[derive(Template)]
#[template(path = "network/proposals.html")]
struct ProposalsPage {
    site: Site,
    network: NetworkView,
    needed: usize,
    open: Vec<Open>,
    decided: Vec<Decided>,
    stewards: Vec<String>,
    may_propose: bool,
    /// Which form was sent, when something was wrong with it.
    wrong: Option<(String, String)>,
    typed: Typed,
}

/// A proposal that is voted on.
struct Open {
    id: String,
    says: Vec<String>,
    why: String,
    by: String,
    approvals: usize,
    needed: usize,
    appointed: Option<(usize, usize)>,
    votes: Vec<(String, bool)>,
    missing: Vec<String>,
    may_vote: bool,
    own_vote: Option<bool>,
    closed: bool,
}

/// A decision.
struct Decided {
    says: Vec<String>,
    by: String,
}

/// What a form of this room sends. Several stewards are several fields of one name, so it is read field by field.
#[derive(Debug, Default)]
struct Typed {
    deed: String,
    /// What the network had decided last when the form was made.
    head: String,
    member: String,
    stewards: Vec<String>,
    votes: String,
    name: String,
    purpose: String,
    rules: String,
    review_by: String,
    why: String,
    proposal: String,
    approve: bool,
}

type Fields = Vec<(String, String)>;

impl Typed {
    fn read(fields: Fields) -> Typed {
        let mut typed = Typed::default();
        for (name, value) in fields {
            let value = value.replace("\r\n", "\n");
            match name.as_str() {
                "deed" => typed.deed = value,
                "head" => typed.head = value,
                "member" => typed.member = value,
                "stewards" => typed.stewards.push(value),
                "votes" => typed.votes = value,
                "name" => typed.name = value,
                "purpose" => typed.purpose = value,
                "rules" => typed.rules = value,
                "review_by" => typed.review_by = value,
                "why" => typed.why = value,
                "proposal" => typed.proposal = value,
                "approve" => typed.approve = value == "true",
                _ => {}
            }
        }
        typed
    }

    /// What it proposes; nothing where it says nothing that could be proposed. Only what differs is proposed, so that two
    /// who change different things do not undo each other.
    fn amendment(&self, network: &NetworkView) -> Option<Amendment> {
        let new = |typed: &str, now: &str| (typed.trim() != now).then(|| typed.trim().to_owned());
        match self.deed.as_str() {
            "remove" if !self.member.is_empty() => Some(Amendment::Remove(self.member.clone())),
            "stewards" => Some(Amendment::Stewards(self.stewards.clone(), self.votes.trim().parse().ok())),
            "text" => Some(Amendment::Text {
                name: new(&self.name, &network.name),
                purpose: new(&self.purpose, &network.purpose),
                rules: new(&self.rules, &network.rules),
                review_by: new(&self.review_by, network.review_by.as_deref().unwrap_or_default())
                    .filter(|day| !day.is_empty()),
            }),
            _ => None,
        }
    }
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, SignedIn(site, _): SignedIn) -> Response {
    room(&web, site, None, Typed::default()).await
}

async fn room(web: &Web, site: Site, wrong: Option<(String, String)>, typed: Typed) -> Response {
    let network = match in_network(web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let Ok(Answer::Decisions { decisions }) = web.node.ask(Request::Decisions).await else { return later(&site) };
    let decided = decisions.into_iter().map(|one| Decided {
        says: if one.what.is_empty() { vec![site.say("decided-founded")] } else { said(&site, &one.what) },
        by: one.by.join(", "),
    });
    let code = if wrong.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let stewards = network.members.iter().filter(|member| member.steward);
    let shown = ProposalsPage {
        open: network.proposals.iter().map(|one| open(&site, one)).collect(),
        needed: network.k as usize,
        decided: decided.collect(),
        stewards: stewards.map(|member| member.name.clone()).collect(),
        may_propose: site.is_admin() && network.standing == "member",
        typed: if wrong.is_some() { typed } else { as_it_is(&network) },
        network,
        wrong,
        site,
    };
    remembered((code, page(&shown)).into_response())
}

/// What the forms hold before somebody changes them.
fn as_it_is(network: &NetworkView) -> Typed {
    let stewards = network.members.iter().filter(|member| member.steward);
    Typed {
        stewards: stewards.map(|member| member.id.to_string()).collect(),
        votes: network.k.to_string(),
        name: network.name.clone(),
        purpose: network.purpose.clone(),
        rules: network.rules.clone(),
        review_by: network.review_by.clone().unwrap_or_default(),
        ..Typed::default()
    }
}

fn open(site: &Site, one: &ProposalView) -> Open {
    let voted = |name: &&String| !one.votes.iter().any(|vote| vote.by == **name);
    Open {
        id: one.id.to_string(),
        says: said(site, &one.what),
        why: one.why.clone(),
        by: one.by.clone(),
        approvals: one.approvals,
        needed: one.needed,
        appointed: one.appointed.as_ref().map(|new| (new.approvals, new.needed)),
        votes: one.votes.iter().map(|vote| (vote.by.clone(), vote.approve)).collect(),
        missing: one.voters.iter().filter(voted).cloned().collect(),
        may_vote: one.may_vote,
        own_vote: one.own_vote,
        closed: one.closed,
    }
}

/// What changes, a sentence each.
pub(in crate::web) fn said(site: &Site, changes: &[Change]) -> Vec<String> {
    changes.iter().flat_map(|change| sentences(site, change)).collect()
}

fn sentences(site: &Site, change: &Change) -> Vec<String> {
    let one = |key: &str, name: &str| vec![site.with(key, name)];
    match change {
        Change::Admitted { name, .. } => one("change-admitted", name),
        Change::Removed { name, .. } => one("change-removed", name),
        Change::Rekeyed { name, .. } => one("change-rekeyed", name),
        Change::MemberRenamed { from, to, .. } => vec![site.pair("change-member-renamed", from, to)],
        Change::Stewards { added, removed } => {
            let said = [("change-steward", added), ("change-no-steward", removed)];
            said.into_iter().flat_map(|(key, names)| names.iter().map(move |name| site.with(key, name))).collect()
        }
        Change::QuorumNow { k, of } => {
            vec![site.language.say_all("change-votes", &[("needed", k), ("of", of)])]
        }
        Change::Renamed { to, .. } => one("change-name", to),
        Change::Purpose(text) => one("change-purpose", text),
        Change::Rules(text) => one("change-rules", text),
        Change::ReviewBy(Some(day)) => one("change-review", &date(site.language, day)),
        Change::ReviewBy(None) => vec![site.say("change-no-review")],
    }
}

/// Proposes something, and votes for it where this collaborative is a steward.
pub(in crate::web) async fn propose(
    State(web): State<Web>,
    SentByAdmin(site, fields): SentByAdmin<Fields>,
) -> Response {
    let typed = Typed::read(fields);
    let network = match in_network(&web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    // What was decided since would be undone by who has not read it.
    if !typed.head.is_empty() && typed.head != network.head.to_string() {
        let wrong = site.say("propose-moved");
        return room(&web, site, Some((typed.deed.clone(), wrong)), typed).await;
    }
    let Some(change) = typed.amendment(&network) else {
        let wrong = site.say("propose-nothing");
        return room(&web, site, Some((typed.deed.clone(), wrong)), typed).await;
    };
    match web.node.ask(Request::Propose { change, why: typed.why.trim().to_owned() }).await {
        Ok(_) => Redirect::to("/network/proposals").into_response(),
        Err(refusal) => turned_down(&web, site, &refusal, typed).await,
    }
}

async fn turned_down(web: &Web, site: Site, refusal: &Refusal, typed: Typed) -> Response {
    let wrong = site.language.refused(refusal);
    room(web, site, Some((typed.deed.clone(), wrong)), typed).await
}

/// Votes on a proposal.
pub(in crate::web) async fn vote(State(web): State<Web>, Admin(site): Admin, Form(fields): Form<Fields>) -> Response {
    let typed = Typed { deed: "vote".into(), ..Typed::read(fields) };
    match web.node.ask(Request::Vote { proposal: typed.proposal.clone(), approve: typed.approve }).await {
        Ok(_) => Redirect::to("/network/proposals").into_response(),
        Err(refusal) => turned_down(&web, site, &refusal, typed).await,
    }
}

impl ProposalsPage {
    fn wrong_in(&self, deed: &str) -> Option<&String> {
        self.wrong.as_ref().filter(|(of, _)| of == deed).map(|(_, why)| why)
    }

    /// What holds now, where the form that was sent back says something else.
    fn holds(&self, typed: &str, now: &str) -> Option<String> {
        (self.wrong_in("text").is_some() && typed.trim() != now).then(|| self.site.with("propose-now", now))
    }

    fn is_ticked(&self, member: &MemberView) -> bool {
        self.typed.stewards.contains(&member.id.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_proposed() {
        let network = NetworkView {
            network: Default::default(),
            name: "Valley Network".into(),
            purpose: "Share what works.".into(),
            rules: String::new(),
            review_by: None,
            seq: 0,
            head: Default::default(),
            standing: "member",
            members: vec![],
            k: 1,
            removed: vec![],
            proposals: vec![],
            applications: vec![],
            partners: vec![],
            trouble: None,
        };
        let send = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            Typed::read(fields).amendment(&network)
        };
        let text = [("deed", "text"), ("name", "Valley Network"), ("purpose", "Share all.\r\nTwice.")];
        let (name, rules, review_by) = (None, None, None);
        let purpose = Some("Share all.\nTwice.".into());
        assert_eq!(send(&text), Some(Amendment::Text { name, purpose, rules, review_by }));
        let stewards = [("deed", "stewards"), ("stewards", "a"), ("stewards", "b"), ("votes", "2")];
        assert_eq!(send(&stewards), Some(Amendment::Stewards(vec!["a".into(), "b".into()], Some(2))));
        assert_eq!(send(&[("deed", "remove"), ("member", "")]), None);
        assert_eq!(send(&[("deed", "anything")]), None);
    }
}
