//! What people ask most in simulated networks, without ceremony.

use protocol::{
    identity::DocId,
    input::Request,
    refusal::Refusal,
    view::{Answer, NetworkView, RecordView, StatusView, Summary},
};
use serde_json::Value;

use crate::world::World;

impl World {
    /// Founds a network.
    pub fn found(&mut self, at: usize, name: &str) {
        let (purpose, rules) = ("to share what we learn".into(), String::new());
        self.ask(at, Request::Found { name: name.into(), purpose, rules }).unwrap();
    }

    /// Makes a ticket.
    pub fn invite(&mut self, at: usize, partner: bool) -> String {
        match self.ask(at, Request::Invite { partner, days: 7, check: false }).unwrap() {
            Answer::Ticket(view) => view.ticket,
            other => panic!("no ticket: {other:?}"),
        }
    }

    /// Invites and joins, and waits until it is done.
    pub fn join(&mut self, host: usize, guest: usize) {
        let ticket = self.invite(host, false);
        self.ask(guest, Request::Join { ticket }).unwrap();
        self.settle();
    }

    /// A network of nodes of these names, the first its founder.
    pub fn network(seed: u64, names: &[&str]) -> World {
        let mut world = World::new(seed);
        let all: Vec<usize> = names.iter().map(|name| world.node(name)).collect();
        world.found(all[0], "Valley Network");
        for guest in &all[1..] {
            world.join(all[0], *guest);
        }
        world
    }

    /// Writes a practice.
    pub fn practice(&mut self, at: usize, title: &str, audience: &str) -> DocId {
        let value = serde_json::json!({ "title": title, "summary": "What we do and why." });
        self.create(at, "practice", value, audience)
    }

    /// Writes a record.
    pub fn create(&mut self, at: usize, kind: &str, value: Value, audience: &str) -> DocId {
        let audience = protocol::input::AudienceAsk::parse(audience).unwrap();
        let request = Request::Create { kind: kind.into(), value, audience, editors: Default::default() };
        match self.ask(at, request).unwrap() {
            Answer::Id { id } => id,
            other => panic!("no id: {other:?}"),
        }
    }

    /// Sets fields of a record at today's heads.
    pub fn set(&mut self, at: usize, doc: DocId, fields: &[(&str, Value)]) -> Result<Answer, Refusal> {
        self.set_at(at, doc, vec![], fields)
    }

    /// Sets fields of a record at given heads.
    pub fn set_at(
        &mut self,
        at: usize,
        doc: DocId,
        heads: Vec<[u8; 32]>,
        fields: &[(&str, Value)],
    ) -> Result<Answer, Refusal> {
        let edit = protocol::record::Edit::Set(fields.iter().map(|(f, v)| ((*f).into(), v.clone())).collect());
        self.ask(at, Request::Edit { doc: doc.to_string(), heads, edit })
    }

    /// Shares a record; the id that now holds.
    pub fn share(&mut self, at: usize, doc: DocId, audience: &str) -> DocId {
        let audience = protocol::input::AudienceAsk::parse(audience).unwrap();
        match self.ask(at, Request::Share { doc: doc.to_string(), audience, heads: vec![] }).unwrap() {
            Answer::Id { id } => id,
            other => panic!("no id: {other:?}"),
        }
    }

    /// One record.
    pub fn show(&mut self, at: usize, doc: DocId) -> Result<RecordView, Refusal> {
        match self.ask(at, Request::Show { doc: doc.to_string(), history: true })? {
            Answer::Record(view) => Ok(*view),
            other => panic!("no record: {other:?}"),
        }
    }

    /// All records a node shows.
    pub fn list(&mut self, at: usize) -> Vec<Summary> {
        let request = Request::List { kind: None, owner: None, after: None, limit: usize::MAX };
        match self.ask(at, request).unwrap() {
            Answer::Records { records } => records,
            other => panic!("no records: {other:?}"),
        }
    }

    /// Titles a node shows, sorted.
    pub fn titles(&mut self, at: usize) -> Vec<String> {
        let mut titles: Vec<String> = self.list(at).into_iter().map(|r| r.title).collect();
        titles.sort();
        titles
    }

    /// The network as a node sees it.
    pub fn show_network(&mut self, at: usize) -> NetworkView {
        match self.ask(at, Request::Network).unwrap() {
            Answer::Network(view) => *view,
            other => panic!("no network: {other:?}"),
        }
    }

    /// How a node stands.
    pub fn status(&mut self, at: usize) -> StatusView {
        match self.ask(at, Request::Status).unwrap() {
            Answer::Status(view) => *view,
            other => panic!("no status: {other:?}"),
        }
    }
}
