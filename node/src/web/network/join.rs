//! Beginning a network, or going to one with an invitation: pasted, or by its link. While the others decide, a newcomer
//! sees the four words that it compares with who invited it.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use protocol::{input::Request, ticket::Ticket, view::StatusView};
use serde::Deserialize;

use super::{
    super::{
        Web,
        may::Admin,
        sent::{SentByAdmin, remembered},
        site::{Site, page},
    },
    four,
};

#[derive(Template)]
#[template(path = "network/join.html")]
struct JoinPage {
    site: Site,
    trouble: Vec<String>,
    wrong: Option<String>,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "network/waiting.html")]
struct WaitingPage {
    site: Site,
    network: String,
    four: Vec<(&'static str, u32)>,
    connected: bool,
}

#[derive(Template)]
#[template(path = "network/invited.html")]
struct InvitedPage {
    site: Site,
    ticket: String,
    may_join: bool,
    wrong: Option<String>,
}

/// What the forms of this room send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web) struct Typed {
    name: String,
    purpose: String,
    rules: String,
    ticket: String,
}

/// Where there is no network yet, and where others still decide whether to let us in.
pub(super) fn begin_or_wait(site: Site, status: StatusView) -> Response {
    let Some(check) = status.joining.filter(|_| status.network.is_some()) else {
        let trouble = site.language.all_refused(&status.trouble);
        return begin(site, trouble, None, Typed::default());
    };
    let (network, connected) = (status.network_name.unwrap_or_default(), status.peers.iter().any(|p| p.connected));
    page(&WaitingPage { network, four: four(&check), connected, site })
}

fn begin(site: Site, trouble: Vec<String>, wrong: Option<String>, typed: Typed) -> Response {
    let code = if wrong.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    remembered((code, page(&JoinPage { site, trouble, wrong, typed })).into_response())
}

/// Begins a network.
pub(in crate::web) async fn found(State(web): State<Web>, SentByAdmin(site, typed): SentByAdmin<Typed>) -> Response {
    let (name, purpose) = (typed.name.trim().into(), typed.purpose.trim().into());
    let rules = typed.rules.trim().replace("\r\n", "\n");
    match web.node.ask(Request::Found { name, purpose, rules }).await {
        Ok(_) => Redirect::to("/network").into_response(),
        Err(refusal) => {
            let wrong = site.language.refused(&refusal);
            begin(site, vec![], Some(wrong), typed)
        }
    }
}

/// An invitation by its link. Whoever opens it where nobody can use it is told how to use it at home; of this network
/// they learn nothing.
pub(in crate::web) async fn invited(State(web): State<Web>, site: Site, Query(typed): Query<Typed>) -> Response {
    let ticket = in_text(&typed.ticket);
    let wrong = Ticket::parse(&ticket).err().map(|why| site.language.refused(&why.into()));
    let may_join = site.is_admin() && web.catalog.whose().network_name.is_none();
    let code = if wrong.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    (code, page(&InvitedPage { ticket, may_join, wrong, site })).into_response()
}

/// Goes to a network with an invitation.
pub(in crate::web) async fn join(State(web): State<Web>, SentByAdmin(site, typed): SentByAdmin<Typed>) -> Response {
    match web.node.ask(Request::Join { ticket: in_text(&typed.ticket) }).await {
        Ok(_) => Redirect::to("/network").into_response(),
        Err(refusal) => {
            let wrong = site.language.refused(&refusal);
            begin(site, vec![], Some(wrong), typed)
        }
    }
}

/// Gives up, as long as nobody has let us in.
pub(in crate::web) async fn stop(State(web): State<Web>, Admin(_): Admin) -> Response {
    // Who is in by now stays in; the room shows it either way.
    let _ = web.node.ask(Request::StopJoining).await;
    Redirect::to("/network").into_response()
}

/// The invitation in what somebody pasted: the line itself, or a link that has it.
pub(in crate::web) fn in_text(text: &str) -> String {
    let text = text.trim();
    let query = text.split_once('?').map_or("", |(_, query)| query);
    let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
    found.map_or_else(|| text.to_owned(), |(_, ticket)| ticket.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_is_found_in_its_link() {
        assert_eq!(in_text(" commonweal:abc "), "commonweal:abc");
        assert_eq!(in_text("https://riverside.example/network/join?ticket=COMMONWEAL:ABC"), "COMMONWEAL:ABC");
        assert_eq!(in_text("https://riverside.example/network/join?a=b&ticket=commonweal%3Aabc"), "commonweal:abc");
        assert_eq!(in_text("What?"), "What?");
    }
}
