//! Who will see what somebody shares, said by name: who belongs to the network, and whom a record can be shared with.

use std::collections::BTreeSet;

use protocol::{
    identity::MemberId,
    input::{AudienceAsk, EditorsAsk, Request},
    view::{Answer, RecordView},
};

use super::{Web, form::Typed, site::Site};

/// Somebody a record can be shared with.
#[derive(Debug)]
pub(super) struct Neighbor {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_partner: bool,
}

/// Who there is to share with.
#[derive(Debug, Default)]
pub(super) struct Circle {
    /// What the network is called; empty where there is none.
    pub(super) network: String,
    /// How many belong to it, this collaborative among them.
    pub(super) members: usize,
    /// The other members, then the partners.
    pub(super) neighbors: Vec<Neighbor>,
}

impl Circle {
    pub(super) async fn of(web: &Web) -> Circle {
        let Ok(Answer::Network(network)) = web.node.ask(Request::Network).await else { return Circle::default() };
        let others = network.members.iter().filter(|member| !member.own);
        let members = others.map(|m| Neighbor { id: m.id.to_string(), name: m.name.clone(), is_partner: false });
        let partners = network.partners.iter().filter(|partner| !partner.revoked);
        let partners = partners.map(|p| Neighbor { id: p.id.to_string(), name: p.name.clone(), is_partner: true });
        Circle {
            members: network.members.len(),
            neighbors: members.chain(partners).collect(),
            network: network.name.clone(),
        }
    }

    /// The ways to share, as far as there is somebody to share with.
    pub(super) fn ways(&self) -> Vec<&'static str> {
        let mut ways = vec!["private"];
        if !self.neighbors.is_empty() {
            ways.push("partners");
        }
        if !self.network.is_empty() {
            ways.extend(["network", "public"]);
        }
        ways
    }

    /// Who sees what is shared in this way, before anybody was named.
    pub(super) fn says(&self, site: &Site, way: &str) -> String {
        match way {
            "network" if self.members == 1 => site.with("sees-network-one", &self.network),
            "network" => site.language.say_all("sees-network", &[("count", &self.members), ("name", &self.network)]),
            "public" => site.say("sees-public"),
            "partners" => site.say("sees-partners"),
            _ => site.with("sees-private", &site.name),
        }
    }

    /// Whether this way is the one that was chosen.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        one == other
    }

    /// Whether somebody is among those who were ticked.
    pub(super) fn has<S: AsRef<str>>(&self, ids: &[S], id: &str) -> bool {
        ids.iter().any(|ticked| ticked.as_ref() == id)
    }

    /// Who sees it, with those who were named.
    pub(super) fn told(&self, site: &Site, audience: &AudienceAsk) -> String {
        match audience {
            AudienceAsk::Private => self.says(site, "private"),
            AudienceAsk::Network => self.says(site, "network"),
            AudienceAsk::Public => self.says(site, "public"),
            AudienceAsk::Partners(ids) => {
                let named = self.neighbors.iter().filter(|neighbor| ids.contains(&neighbor.id));
                let names: Vec<&str> = named.map(|neighbor| neighbor.name.as_str()).collect();
                site.language.say_all("sees-named", &[("name", &site.name), ("what", &names.join(", "))])
            }
        }
    }
}

/// The word for an audience.
pub(super) fn word(audience: &AudienceAsk) -> &'static str {
    match audience {
        AudienceAsk::Private => "private",
        AudienceAsk::Partners(_) => "partners",
        AudienceAsk::Network => "network",
        AudienceAsk::Public => "public",
    }
}

/// The audience a form asks for: one of the ways, and of `partners` those that are ticked. None where nothing was chosen.
pub(super) fn asked(typed: &Typed) -> Option<AudienceAsk> {
    match typed.about("audience") {
        "partners" => Some(AudienceAsk::Partners(ticked(typed, "named"))),
        other => AudienceAsk::parse(other),
    }
}

/// Who shall edit, as a form asks for it.
pub(super) fn editors(typed: &Typed) -> Option<EditorsAsk> {
    match typed.about("editors") {
        "named" => Some(EditorsAsk::Named(ticked(typed, "editor"))),
        other => EditorsAsk::parse(other),
    }
}

fn ticked(typed: &Typed, name: &str) -> Vec<String> {
    let ids: BTreeSet<&str> = typed.about(name).lines().filter(|line| !line.is_empty()).collect();
    ids.into_iter().map(String::from).collect()
}

/// Whether somebody sees a record then who does not now.
pub(super) fn is_wider(now: &RecordView, wanted: &AudienceAsk) -> bool {
    let width = |word: &str| ["private", "partners", "network", "public"].iter().position(|one| *one == word);
    match wanted {
        AudienceAsk::Partners(ids) if now.summary.audience == "partners" => {
            let has: Vec<String> = now.shared_with.iter().map(MemberId::to_string).collect();
            ids.iter().any(|id| !has.contains(id))
        }
        other => width(word(other)) > width(now.summary.audience),
    }
}
