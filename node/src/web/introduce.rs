//! Telling the neighbors who we are: the collaborative's name, and a first profile with its place and its quilt block. Who
//! sets this node up chooses whether the network's members see it; they do as soon as there is a network.

use std::sync::Arc;

use protocol::{
    input::{AudienceAsk, EditorsAsk, Request},
    record::Edit,
    refusal::Refusal,
    view::Answer,
};
use serde_json::json;
use tracing::warn;

use super::{Web, texts::Language};
use crate::{
    catalog::{PROFILE, Row, Viewer},
    clock,
    config::WHOSE_MS,
};

/// Nobody else sees it.
const PRIVATE: &str = "private";
/// The members of our network see it.
const NETWORK: &str = "network";

/// What we know of ourselves so far.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) summary: String,
    /// Who sees our profile, or shall as soon as there is a network: `network` or `private`; empty while nobody said so.
    pub(super) audience: &'static str,
}

pub(super) async fn known(web: &Web) -> Known {
    let Ok(Answer::Status(status)) = web.node.ask(Request::Status).await else { return Known::default() };
    let own = own(web);
    let audience = match &own {
        None => "",
        Some(row) if row.audience == PRIVATE && !web.people.introduces() => PRIVATE,
        Some(_) => NETWORK,
    };
    Known {
        name: status.name.unwrap_or_default(),
        place: status.place.unwrap_or_default(),
        summary: own.map(|row| row.summary.clone()).unwrap_or_default(),
        audience,
    }
}

/// Says what we are called and where we are, and who may know more.
pub(super) async fn name(web: &Web, name: &str, place: &str, summary: &str, audience: &str) -> Result<(), Refusal> {
    let (name, place) = (name.trim().to_owned(), place.trim().to_owned());
    web.node.ask(Request::Name { name: name.clone(), place: Some(place.clone()) }).await?;
    // So that the next page bears the name already.
    web.catalog.look_around(&web.node).await;
    write(web, vec![("name", json!(name)), ("service_area", areas(&place)), ("summary", json!(summary.trim()))])
        .await?;
    if audience == PRIVATE {
        hide(web).await?;
    }
    web.people.introduce(audience == NETWORK).await.map_err(|_| Refusal::Stopping)
}

/// Takes our profile back, if others see it.
async fn hide(web: &Web) -> Result<(), Refusal> {
    let Some(row) = own(web).filter(|row| row.audience != PRIVATE) else { return Ok(()) };
    web.node.ask(Request::Share { doc: row.id.to_string(), audience: AudienceAsk::Private, heads: vec![] }).await?;
    web.catalog.look(&web.node, row.id).await;
    Ok(())
}

fn areas(place: &str) -> serde_json::Value {
    let each: Vec<&str> = place.split([',', ';']).map(str::trim).filter(|area| !area.is_empty()).collect();
    json!(each)
}

/// Picks the block; a profile without a sentence gets one, since none can be shared without.
pub(super) async fn profile(web: &Web, language: Language, block: u32) -> Result<(), Refusal> {
    let known = known(web).await;
    let mut fields = vec![("quilt_block", json!(block))];
    if known.summary.is_empty() {
        let said = match known.place.is_empty() {
            true => language.say("profile-summary"),
            false => language.say_with("profile-summary-place", "name", known.place.as_str()),
        };
        fields.push(("summary", json!(said)));
    }
    write(web, fields).await
}

/// Our own profile, if there is one.
fn own(web: &Web) -> Option<Arc<Row>> {
    let mut profiles = web.catalog.rows(Viewer::Inside);
    profiles.retain(|row| row.own && row.kind.name == PROFILE);
    profiles.into_iter().max_by_key(|row| row.changed_at)
}

/// Writes these fields of our profile, which is made when there is none.
async fn write(web: &Web, fields: Vec<(&str, serde_json::Value)>) -> Result<(), Refusal> {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value));
    let fields = fields.map(|(name, value)| if value == json!("") { (name, json!(null)) } else { (name, value) });
    let request = match own(web) {
        Some(row) => Request::Edit { doc: row.id.to_string(), heads: vec![], edit: Edit::Set(fields.collect()) },
        None => {
            let value = fields.filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>().into();
            let (audience, editors) = (AudienceAsk::Private, EditorsAsk::default());
            Request::Create { kind: PROFILE.into(), value, audience, editors }
        }
    };
    if let Answer::Id { id } = web.node.ask(request).await? {
        web.catalog.look(&web.node, id).await;
    }
    Ok(())
}

/// Shows our profile to the network's members, if that waits and we are one of them by now.
pub(super) async fn introduce(web: &Web) {
    let Some(row) = own(web).filter(|_| web.people.introduces()) else { return };
    let doc = row.id;
    if row.audience != PRIVATE {
        // They see it already, or more do.
        let _ = web.people.introduce(false).await;
        return;
    }
    let share = Request::Share { doc: doc.to_string(), audience: AudienceAsk::Network, heads: vec![] };
    match web.node.ask(share).await {
        Ok(Answer::Id { id }) => {
            web.catalog.look(&web.node, doc).await;
            web.catalog.look(&web.node, id).await;
        }
        Err(Refusal::NoNetwork | Refusal::NotMember | Refusal::Stopping | Refusal::Store(_)) => return,
        other => warn!(?other, "the profile could not be shown to the network; its page says more"),
    }
    // When it cannot be kept, sharing what is shared changes nothing.
    let _ = web.people.introduce(false).await;
}

/// Does so as soon as the stewards have let us in, which may take days.
pub(crate) async fn introduce_in_time(web: Web) {
    let mut ticks = clock::every(WHOSE_MS);
    let stopping = web.node.stopping();
    tokio::pin!(stopping);
    loop {
        tokio::select! {
            () = &mut stopping => return,
            _ = ticks.tick() => {}
        }
        if web.people.introduces() {
            introduce(&web).await;
        }
    }
}
