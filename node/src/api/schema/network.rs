//! What answers about the network look like, and what is sent to it.

use serde_json::{Value, json};

use super::*;

pub(super) fn peer() -> Value {
    object([
        ("node", text()),
        ("name", text()),
        ("standing", text()),
        ("connected", yes_no()),
        ("complete", yes_no()),
        ("pending", count()),
        ("untried", count()),
        ("state", text()),
        ("member", perhaps()),
        ("heard", json!({"type": ["integer", "null"]})),
        ("why_not", perhaps()),
        ("addresses", list(text())),
    ])
}

pub(in crate::api) fn peers() -> Value {
    object([("peers", list(named("Peer")))])
}

pub(in crate::api) fn status() -> Value {
    object([
        ("name", perhaps()),
        ("place", perhaps()),
        ("node", text()),
        ("network", perhaps()),
        ("network_name", perhaps()),
        ("standing", perhaps()),
        ("records", count()),
        ("complete", yes_no()),
        ("peers", list(named("Peer"))),
        ("listen", list(text())),
        ("trouble", list(text())),
        ("joining?", check()),
    ])
}

/// What two people compare before one of them is let in.
fn check() -> Value {
    object([("words", list(text())), ("pictures", list(count()))])
}

pub(in crate::api) fn name_body() -> Value {
    object([("name", text()), ("place?", perhaps())])
}

pub(super) fn a_rule() -> Value {
    object([("owner?", text()), ("kind?", text()), ("tag?", tag())])
}

pub(in crate::api) fn rule() -> Value {
    named("Rule")
}

pub(in crate::api) fn subscriptions() -> Value {
    object([("subscriptions", list(named("Rule")))])
}

pub(super) fn member() -> Value {
    object([
        ("id", text()),
        ("name", text()),
        ("steward", yes_no()),
        ("own", yes_no()),
        ("blocked_since?", count()),
        ("nodes", list(text())),
    ])
}

pub(super) fn whole_proposal() -> Value {
    object([
        ("id", text()),
        ("by", text()),
        ("changes", list(text())),
        ("why", text()),
        ("approvals", count()),
        ("rejections", count()),
        ("needed", count()),
        ("appointed?", object([("approvals", count()), ("needed", count())])),
        ("carried", yes_no()),
        ("closed", yes_no()),
        ("voters", list(text())),
        ("may_vote", yes_no()),
        ("votes", list(object([("by", text()), ("approve", yes_no())]))),
        ("own_vote", json!({"type": ["boolean", "null"]})),
    ])
}

pub(in crate::api) fn proposal() -> Value {
    named("Proposal")
}

pub(super) fn whole_network() -> Value {
    let application =
        object([("name", text()), ("place", text()), ("key", text()), ("invitation?", text()), ("check?", check())]);
    let partner = object([("id", text()), ("name", text()), ("until", count()), ("revoked", yes_no())]);
    object([
        ("network", text()),
        ("name", text()),
        ("purpose", text()),
        ("rules", text()),
        ("review_by", perhaps()),
        ("seq", count()),
        ("head", text()),
        ("standing", text()),
        ("members", list(named("Member"))),
        ("k", count()),
        ("removed", list(text())),
        ("proposals", list(named("Proposal"))),
        ("applications", list(application)),
        ("partners", list(partner)),
        ("trouble", perhaps()),
    ])
}

pub(in crate::api) fn network() -> Value {
    named("Network")
}

pub(in crate::api) fn founding() -> Value {
    object([("name", text()), ("purpose?", text()), ("rules?", text())])
}

pub(in crate::api) fn invitation() -> Value {
    object([
        ("partner?", yes_no()),
        ("check?", yes_no()),
        ("days?", json!({"type": ["integer", "null"], "minimum": 1, "maximum": 4_294_967_295u32})),
    ])
}

pub(in crate::api) fn invitations() -> Value {
    let one = object([("id", text()), ("partner", yes_no()), ("until", count()), ("used_by", perhaps())]);
    object([("invitations", list(one))])
}

pub(in crate::api) fn decisions() -> Value {
    let one = object([("seq", count()), ("changes", list(text())), ("by", list(text()))]);
    object([("decisions", list(one))])
}

pub(in crate::api) fn ticket() -> Value {
    object([("ticket", text()), ("until", count())])
}

pub(in crate::api) fn joining() -> Value {
    object([("ticket", text())])
}

pub(in crate::api) fn proposing() -> Value {
    let k = json!({"type": ["integer", "null"], "minimum": 1, "maximum": 4_294_967_295u32});
    let stewards = object([("names", list(text())), ("k?", k)]);
    let words =
        object([("name?", perhaps()), ("purpose?", perhaps()), ("rules?", perhaps()), ("review_by?", perhaps())]);
    let change = json!({"oneOf": [
        object([("admit", text())]),
        object([("remove", text())]),
        object([("stewards", stewards)]),
        object([("text", words)]),
    ]});
    object([("change", change), ("why?", text())])
}

pub(in crate::api) fn vote() -> Value {
    object([("approve", yes_no())])
}
