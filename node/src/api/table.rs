//! What can be asked, as data: where, by whom, and what is taken and given. The router and its description
//! ([openapi](super::openapi)) both come from this one table, so that neither can say more than the other.

use axum::routing::{MethodRouter, delete, get, patch, post, put};
use serde_json::{Value, json};

use super::{Api, backup, import, kind, network, node, openapi, people, record, schema as s, search, subscription};
use crate::people::Scope;

/// Who may ask over the web. At the machine itself everybody may ask everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Anybody; without a key they get what is public.
    Nothing,
    /// A key of somebody who may see all that is here.
    Inside,
    /// A key that may write.
    Write,
    /// A key that looks after network and node.
    Admin,
    /// Nobody over the web, whatever their key: only who sits at this machine.
    Here,
}

impl Needs {
    /// The least scope of a key, as its owner chose it.
    pub(super) fn scope(self) -> Option<Scope> {
        match self {
            Needs::Nothing => None,
            Needs::Inside => Some(Scope::Read),
            Needs::Write => Some(Scope::Write),
            Needs::Admin | Needs::Here => Some(Scope::Admin),
        }
    }
}

/// Something that stands behind the question mark.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) schema: fn() -> Value,
    pub(super) says: &'static str,
}

/// One thing that can be asked.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Under `/api/v1`.
    pub(super) path: &'static str,
    pub(super) needs: Needs,
    /// A sentence for people.
    pub(super) says: &'static str,
    pub(super) params: &'static [Param],
    /// The schema of its body, where it takes one.
    pub(super) takes: Option<fn() -> Value>,
    /// The status when it went well.
    pub(super) status: u16,
    /// The schema of its answer.
    pub(super) gives: fn() -> Value,
    pub(super) handler: fn() -> MethodRouter<Api>,
}

impl Route {
    const fn new(
        method: &'static str,
        path: &'static str,
        needs: Needs,
        says: &'static str,
        gives: fn() -> Value,
        handler: fn() -> MethodRouter<Api>,
    ) -> Route {
        Route { method, path, needs, says, params: &[], takes: None, status: 200, gives, handler }
    }

    const fn params(self, params: &'static [Param]) -> Route {
        Route { params, ..self }
    }

    const fn takes(self, body: fn() -> Value) -> Route {
        Route { takes: Some(body), ..self }
    }

    /// It begins something that may take a while.
    const fn begins(self) -> Route {
        Route { status: 202, ..self }
    }

    /// It makes something new.
    const fn makes(self) -> Route {
        Route { status: 201, ..self }
    }
}

fn text() -> Value {
    json!({"type": "string"})
}

fn limit() -> Value {
    json!({"type": "integer", "minimum": 1})
}

const KIND: Param = Param { name: "kind", schema: s::kind_name, says: "Only of this kind." };
const OWNER: Param = Param { name: "owner", schema: text, says: "Only of this collaborative, by name or id." };
const WORDS: Param =
    Param { name: "words", schema: text, says: "Only with all of these words, case and accents aside." };
const AFTER: Param =
    Param { name: "after", schema: s::id, says: "Only those after this record, the last one you have." };
const LIMIT: Param = Param { name: "limit", schema: limit, says: "At most so many; fewer may come." };
const TAG: Param = Param { name: "tag", schema: s::tag, says: "The tag of the rule." };
const LOOKED_FOR: Param = Param { name: "words", schema: s::words, says: "What to look for." };
const HISTORY: Param = Param {
    name: "history",
    schema: s::yes_no,
    says: "With who changed which field when, for who may see all that is here.",
};

use Needs::{Admin, Here, Inside, Nothing, Write};

/// Everything, in the order of the description.
pub(super) static ROUTES: [Route; 42] = [
    Route::new("get", "/records", Nothing, "Lists records in the order of their ids.", s::records, || {
        get(record::list)
    })
    .params(&[KIND, OWNER, WORDS, AFTER, LIMIT]),
    Route::new("post", "/records", Write, "Writes a new record.", s::made, || post(record::create))
        .takes(s::new_record)
        .makes(),
    Route::new("get", "/records/{id}", Nothing, "Shows one record.", s::record, || get(record::show))
        .params(&[HISTORY]),
    Route::new("patch", "/records/{id}", Write, "Changes a record.", s::made, || patch(record::edit)).takes(s::change),
    Route::new("delete", "/records/{id}", Write, "Deletes a record everywhere, for good.", s::done, || {
        delete(record::delete)
    }),
    Route::new("get", "/records/{id}/versions/{change}", Inside, "Shows a record as it once was.", s::version, || {
        get(record::version)
    }),
    Route::new("post", "/records/{id}/restore", Write, "Brings a record back to how it once was.", s::made, || {
        post(record::restore)
    })
    .takes(s::restore_body),
    Route::new("post", "/records/{id}/audience", Write, "Says anew who may have a record.", s::made, || {
        post(record::share)
    })
    .takes(s::audience_body),
    Route::new("post", "/records/{id}/editors", Write, "Says anew who may edit a record.", s::made, || {
        post(record::let_edit)
    })
    .takes(s::editors_body),
    Route::new("post", "/import", Write, "Takes in records that come from files.", s::imported, || {
        post(import::import)
    })
    .takes(s::import_body),
    Route::new("get", "/search", Nothing, "Finds records by words, the best first.", s::found, || get(search::search))
        .params(&[LOOKED_FOR, KIND, OWNER, AFTER, LIMIT]),
    Route::new("get", "/kinds", Nothing, "Lists the kinds of records.", s::kinds, || get(kind::list)),
    Route::new("get", "/kinds/{kind}", Nothing, "Describes one kind as a JSON Schema.", s::anything, || {
        get(kind::show)
    }),
    Route::new("get", "/events", Inside, "Tells of changes as they happen.", s::events, || get(node::events)),
    Route::new("get", "/status", Inside, "Says how this node stands.", s::status, || get(node::status)),
    Route::new("get", "/peers", Inside, "Lists the nodes that this one knows.", s::peers, || get(node::peers)),
    Route::new("put", "/name", Admin, "Says what this collaborative is called and where it is.", s::done, || {
        put(node::name)
    })
    .takes(s::name_body),
    Route::new("get", "/subscriptions", Inside, "Lists what this node asks for.", s::subscriptions, || {
        get(subscription::list)
    }),
    Route::new("post", "/subscriptions", Admin, "Asks for more.", s::subscriptions, || post(subscription::add))
        .takes(s::rule),
    Route::new("delete", "/subscriptions", Admin, "Asks for less.", s::subscriptions, || delete(subscription::remove))
        .params(&[OWNER, KIND, TAG]),
    Route::new("get", "/network", Inside, "Shows the network: charter, members, votes.", s::network, || {
        get(network::show)
    }),
    Route::new("post", "/network", Admin, "Founds a network.", s::network, || post(network::found))
        .takes(s::founding)
        .makes(),
    Route::new(
        "get",
        "/network/invitations",
        Admin,
        "Lists invitations that can still be used.",
        s::invitations,
        || get(network::invitations),
    ),
    Route::new("delete", "/network/invitations/{id}", Admin, "Takes an invitation back.", s::done, || {
        delete(network::withdraw)
    }),
    Route::new("post", "/network/invitations", Admin, "Makes an invitation.", s::ticket, || post(network::invite))
        .takes(s::invitation)
        .makes(),
    Route::new("post", "/network/join", Admin, "Goes to a network with an invitation.", s::done, || {
        post(network::join)
    })
    .takes(s::joining),
    Route::new("delete", "/network/join", Admin, "Stops knocking.", s::done, || delete(network::stop_joining)),
    Route::new("get", "/network/decisions", Inside, "Lists what was decided.", s::decisions, || {
        get(network::decisions)
    }),
    Route::new("put", "/network/blocked/{member}", Admin, "Has nothing more to do with a member.", s::done, || {
        put(network::block)
    }),
    Route::new("delete", "/network/blocked/{member}", Admin, "Lets a member in again.", s::done, || {
        delete(network::unblock)
    }),
    Route::new("post", "/network/proposals", Admin, "Proposes a change of the charter.", s::proposal, || {
        post(network::propose)
    })
    .takes(s::proposing)
    .makes(),
    Route::new("post", "/network/proposals/{id}/votes", Admin, "Votes on a proposal.", s::proposal, || {
        post(network::vote)
    })
    .takes(s::vote),
    Route::new("delete", "/network/partners/{id}", Admin, "Parts with a partner.", s::done, || {
        delete(network::end_partner)
    }),
    Route::new("get", "/backups", Admin, "Lists backups, and says how they stand.", s::backups, || get(backup::list)),
    Route::new("post", "/backups", Admin, "Begins to make a backup.", s::backups, || post(backup::make)).begins(),
    Route::new("put", "/backups", Here, "Says where backups go, and whether there is one a day.", s::backups, || {
        put(backup::schedule)
    })
    .takes(s::schedule),
    Route::new("get", "/backups/{name}", Admin, "Gives a backup as the file it is.", s::file, || get(backup::download)),
    Route::new(
        "post",
        "/backups/{name}/verify",
        Admin,
        "Begins to read a backup to its last byte.",
        s::backups,
        || post(backup::verify),
    )
    .begins(),
    Route::new("get", "/people", Here, "Lists who may sign in.", s::anything, || get(people::list)),
    Route::new("post", "/people/{name}/reset", Here, "Lets somebody choose a new password.", s::anything, || {
        post(people::reset)
    })
    .makes(),
    Route::new("get", "/openapi.json", Nothing, "Describes all of this.", s::anything, || get(openapi::show)),
    Route::new("get", "/metrics", Admin, "Numbers for whoever watches over this node.", s::metrics, || {
        get(super::metrics::show)
    }),
];
