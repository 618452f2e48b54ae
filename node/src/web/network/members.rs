//! Who belongs: each member with its profile, and the stewards; our partners beside them.

use std::collections::BTreeMap;

use askama::Template;
use axum::{extract::State, response::Response};
use protocol::{identity::MemberId, view::PartnerView};

use super::{
    super::{
        Web,
        dates::day,
        may::SignedIn,
        section,
        site::{Site, page},
    },
    in_network,
};

#[derive(Template)]
#[template(path = "network/members.html")]
struct MembersPage {
    site: Site,
    needed: usize,
    members: Vec<Member>,
    partners: Vec<(String, String)>,
}

struct Member {
    name: String,
    block: u32,
    steward: bool,
    own: bool,
    blocked: bool,
    /// Its profile, or where what it shares is listed.
    href: String,
    shares: usize,
}

/// The room.
pub(in crate::web) async fn show(State(web): State<Web>, SignedIn(site, _): SignedIn) -> Response {
    let network = match in_network(&web, &site).await {
        Ok(network) => network,
        Err(response) => return response,
    };
    let mut shares: BTreeMap<MemberId, usize> = BTreeMap::new();
    for row in web.catalog.rows(site.viewer) {
        *shares.entry(row.owner).or_default() += 1;
    }
    let members = network.members.iter().map(|member| Member {
        name: member.name.clone(),
        block: web.catalog.block_of(site.viewer, &member.id),
        steward: member.steward,
        own: member.own,
        // Whom we have nothing to do with is between us and them.
        blocked: site.reads_all() && member.blocked_since.is_some(),
        href: section::of_member(&member.id, web.catalog.profile(site.viewer, &member.id).as_deref()),
        shares: shares.get(&member.id).copied().unwrap_or(0),
    });
    let members = members.collect();
    let until = |partner: &PartnerView| (partner.name.clone(), day(site.language, partner.until));
    let partners = network.partners.iter().filter(|partner| site.reads_all() && !partner.revoked);
    let partners = partners.map(until).collect();
    page(&MembersPage { members, partners, needed: network.k as usize, site })
}
