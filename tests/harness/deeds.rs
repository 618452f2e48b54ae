//! What people and the weather do in a storm, carried out on the nodes.

use protocol::{
    identity::DocId,
    input::{Amendment, AudienceAsk, EditorsAsk, Incoming, Request},
    record::Edit,
    store::{Read, Table},
    subscription::Rule,
    view::{Answer, RecordView},
};
use serde_json::json;

use crate::{
    sea::dice,
    storm::{NAMES, Storm, Written},
    story::{Deed, Reach, Step, Turn},
    watch::{Meant, WORD, terms_of, words_in},
};

/// Fields of a practice that hold text.
const FIELDS: [&str; 4] = ["title", "summary", "problem", "results"];

impl Storm {
    pub(crate) fn deed(&mut self, at: usize, deed: &Deed) {
        match deed {
            Deed::Create(reach, members) => self.create(at, *reach, *members),
            Deed::Edit(pick, field) => self.edit(at, *pick, *field, 1),
            Deed::Twice(pick) => self.edit(at, *pick, *pick, 2),
            Deed::Share(pick, reach) => self.share(at, *pick, *reach),
            Deed::LetEdit(pick, whom) => self.let_edit(at, *pick, *whom),
            Deed::Delete(pick) => self.delete(at, *pick),
            Deed::Adopt(pick) => self.adopt(at, *pick),
            Deed::Undo(pick) => self.undo(at, *pick),
            Deed::Import(pick) => self.import(at, *pick),
            Deed::Subscribe(pick) => self.subscribe(at, *pick),
            Deed::Invite(pick) => self.invite(at, *pick, false),
            Deed::Partner(pick) => self.invite(at, *pick, true),
            Deed::EndPartner(pick) => {
                let partner = self.name(*pick);
                drop(self.ask(at, Request::EndPartner { partner }));
            }
            Deed::Remove(pick) => {
                // Two stewards stay: with fewer nobody could decide any more.
                let change = Amendment::Remove(NAMES[2 + pick % (NAMES.len() - 2)].into());
                drop(self.ask(at, Request::Propose { change, why: "we parted".into() }));
            }
            Deed::Amend => {
                let purpose = Some(format!("to share what we learnt by step {}", self.texts));
                let change = Amendment::Text { name: None, purpose, rules: None, review_by: None };
                drop(self.ask(at, Request::Propose { change, why: String::new() }));
            }
            Deed::Vote => self.vote(at),
            Deed::Block(pick) => self.block(at, *pick),
            Deed::Secret(pick) => self.secret(at, *pick),
        }
    }

    fn name(&self, pick: usize) -> String {
        NAMES[pick % self.nodes_at_first()].to_owned()
    }

    fn nodes_at_first(&self) -> usize {
        self.watch.borrow().who.iter().max().map_or(1, |most| most + 1)
    }

    fn who(&self, at: usize) -> usize {
        self.watch.borrow().who[at]
    }

    /// A text that stands nowhere else, meant for these.
    fn text(&mut self, meant: &Meant) -> String {
        self.texts += 1;
        let word = format!("{WORD}{:08x}", dice(self.texts as u64, "word", &[]) as u32);
        self.watch.borrow_mut().words.insert(word.clone(), meant.clone());
        format!("{word} is what we say.")
    }

    fn meant(&self, at: usize, reach: Reach) -> (AudienceAsk, Meant) {
        let mut meant = Meant::default();
        meant.some.insert(self.who(at));
        let ask = match reach {
            Reach::Private => AudienceAsk::Private,
            Reach::Partner(pick) => {
                meant.some.insert(pick % self.nodes_at_first());
                AudienceAsk::Partners(vec![self.name(pick)])
            }
            Reach::Network => {
                meant.network = true;
                AudienceAsk::Network
            }
            Reach::Public => {
                (meant.network, meant.public) = (true, true);
                AudienceAsk::Public
            }
        };
        (ask, meant)
    }

    /// A node's people were told that something of a record is kept: it is, from now on.
    fn keep_told(&mut self, at: usize, doc: &DocId) {
        let (rows, own) = (self.world.store(at), [doc.0, self.world.key(at).0].concat());
        let headers = rows.scan(Table::Header, &doc.0, &doc.0, usize::MAX >> 1).unwrap();
        let edits = rows.scan(Table::Envelope, &own, &own, usize::MAX >> 1).unwrap();
        let keys = headers.into_iter().map(|(key, _)| (Table::Header, key));
        let keys: Vec<_> = keys.chain(edits.into_iter().map(|(key, _)| (Table::Envelope, key))).collect();
        self.told.entry(at).or_default().extend(keys);
    }

    fn written(&mut self, at: usize, answer: Option<Answer>, meant: Meant) {
        let Some(Answer::Id { id }) = answer else { return };
        self.keep_told(at, &id);
        if !self.docs.iter().any(|doc| doc.id == id) {
            self.docs.push(Written { id, owner: self.who(at), meant, deleted: false, narrowed: false });
        }
    }

    fn create(&mut self, at: usize, reach: Reach, members: bool) {
        let (audience, meant) = self.meant(at, reach);
        let value = json!({ "title": self.text(&meant), "summary": self.text(&meant) });
        let editors = if members { EditorsAsk::Members } else { EditorsAsk::Owner };
        let kind = ["practice", "training"][usize::from(self.texts.is_multiple_of(5))];
        let answer = self.ask(at, Request::Create { kind: kind.into(), value, audience, editors });
        self.written(at, answer, meant);
    }

    fn doc(&self, pick: usize) -> Option<Written> {
        self.docs.get(pick % self.docs.len().max(1)).cloned()
    }

    fn own(&self, at: usize, pick: usize) -> Option<Written> {
        let own: Vec<&Written> = self.docs.iter().filter(|doc| doc.owner == self.who(at)).collect();
        own.get(pick % own.len().max(1)).map(|doc| (*doc).clone())
    }

    fn show(&mut self, at: usize, doc: DocId) -> Option<RecordView> {
        match self.ask(at, Request::Show { doc: doc.to_string(), history: true })? {
            Answer::Record(view) => Some(*view),
            _ => None,
        }
    }

    fn edit(&mut self, at: usize, pick: usize, field: usize, times: usize) {
        let Some(doc) = self.doc(pick) else { return };
        let Some(view) = self.show(at, doc.id) else { return };
        let heads: Vec<[u8; 32]> = view.heads.iter().map(|head| head.0).collect();
        for time in 0..times {
            let text = self.text(&doc.meant);
            let field = FIELDS[(field + time) % FIELDS.len()];
            let edit = Edit::Set(vec![(field.into(), json!(text))]);
            let request = Request::Edit { doc: doc.id.to_string(), heads: heads.clone(), edit };
            let answer = self.ask(at, request);
            self.written(at, answer, doc.meant.clone());
        }
    }

    fn share(&mut self, at: usize, pick: usize, reach: Reach) {
        let Some(doc) = self.own(at, pick) else { return };
        let (audience, meant) = self.meant(at, reach);
        let Some(view) = self.show(at, doc.id) else { return };
        // What it says now goes to those as well, and what is written from now on; what it once said does not.
        for word in words_in(view.fields.to_string().as_bytes()) {
            if let Some(old) = self.watch.borrow_mut().words.get_mut(&word) {
                old.widen(&meant);
            }
        }
        let heads = view.heads.iter().map(|head| head.0).collect();
        self.docs.iter_mut().filter(|written| written.id == doc.id).for_each(|written| written.narrowed = true);
        let answer = self.ask(at, Request::Share { doc: doc.id.to_string(), audience, heads });
        self.written(at, answer, meant);
    }

    fn let_edit(&mut self, at: usize, pick: usize, whom: usize) {
        let Some(doc) = self.own(at, pick) else { return };
        let editors = match whom % 3 {
            0 => EditorsAsk::Owner,
            1 => EditorsAsk::Named(vec![self.name(whom)]),
            _ => EditorsAsk::Members,
        };
        let answer = self.ask(at, Request::LetEdit { doc: doc.id.to_string(), editors });
        self.written(at, answer, doc.meant);
    }

    fn delete(&mut self, at: usize, pick: usize) {
        let Some(doc) = self.own(at, pick) else { return };
        if self.ask(at, Request::Delete { doc: doc.id.to_string() }).is_some() {
            self.keep_told(at, &doc.id);
            // What a copy of a machine did is lost with it where people switch it off.
            let copy = at >= self.nodes_at_first();
            let gone = self.docs.iter_mut().filter(|written| written.id == doc.id && !copy);
            gone.for_each(|written| written.deleted = true);
        }
    }

    fn adopt(&mut self, at: usize, pick: usize) {
        let Some(doc) = self.doc(pick) else { return };
        let (audience, meant) = self.meant(at, Reach::Private);
        let value = json!({
            "title": self.text(&meant), "summary": self.text(&meant), "adopted_from": doc.id.to_string(),
        });
        let request = Request::Create { kind: "practice".into(), value, audience, editors: EditorsAsk::Owner };
        let answer = self.ask(at, request);
        self.written(at, answer, meant);
    }

    fn undo(&mut self, at: usize, pick: usize) {
        let Some(doc) = self.doc(pick) else { return };
        let Some(view) = self.show(at, doc.id) else { return };
        let Some(last) = view.history.and_then(|history| history.last().map(|change| change.change)) else { return };
        let answer = self.ask(at, Request::Undo { doc: doc.id.to_string(), change: last.to_string() });
        self.written(at, answer, doc.meant);
    }

    fn import(&mut self, at: usize, pick: usize) {
        let (audience, meant) = self.meant(at, [Reach::Private, Reach::Network][pick % 2]);
        let row = |id: usize, text: String| Incoming {
            kind: "service".into(),
            source: Some("211".into()),
            outside_id: Some(id.to_string()),
            fields: vec![("name".into(), json!(text)), ("status".into(), json!("active"))],
        };
        let records = (0..3).map(|n| row(pick % 4 + n, self.text(&meant))).collect();
        let Some(Answer::Imported { records }) = self.ask(at, Request::Import { records, audience, dry_run: false })
        else {
            return;
        };
        for id in records.into_iter().filter_map(|record| record.id) {
            self.written(at, Some(Answer::Id { id }), meant.clone());
        }
    }

    fn subscribe(&mut self, at: usize, pick: usize) {
        let rule = Rule { kind: Some("practice".into()), ..Rule::default() };
        let (add, remove) = if pick.is_multiple_of(2) { (vec![rule], vec![]) } else { (vec![], vec![rule]) };
        drop(self.ask(at, Request::Subscribe { add, remove }));
    }

    fn invite(&mut self, at: usize, pick: usize, partner: bool) {
        let guest = 3 + pick % (self.nodes_at_first() - 2).max(1);
        if guest >= self.nodes_at_first() {
            return;
        }
        let Some(Answer::Ticket(view)) = self.ask(at, Request::Invite { partner, days: 7, check: false }) else {
            return;
        };
        if !partner {
            self.watch.borrow_mut().invited.insert(guest);
        }
        drop(self.ask(guest, Request::Join { ticket: view.ticket }));
    }

    fn block(&mut self, at: usize, pick: usize) {
        let member = self.name(pick);
        let Some(Answer::Network(view)) = self.ask(at, Request::Network) else { return };
        let blocked = view.members.iter().any(|m| m.name == member && m.blocked_since.is_some());
        let request = if blocked { Request::Unblock { member } } else { Request::Block { member } };
        drop(self.ask(at, request));
    }

    /// Private work that the first telling has not. Where a second machine of the same collaborative is, it may hear.
    fn secret(&mut self, at: usize, pick: usize) {
        let twins = self.will_have_twins.contains(&self.who(at));
        // What fails, or waits, fails or waits together with the work of others.
        if !self.secrets || twins || self.world.waits(at) || self.world.is_full(at) {
            return;
        }
        let meant = Meant { some: [self.who(at)].into(), ..Meant::default() };
        let texts = self.texts;
        self.texts += (1 << 40) + pick;
        let value = json!({ "title": self.text(&meant), "summary": self.text(&meant) });
        let later = json!(self.text(&meant));
        self.texts = texts;
        self.world.aside(|world| {
            let (audience, editors) = (AudienceAsk::Private, EditorsAsk::Owner);
            let made = world.try_ask(at, Request::Create { kind: "practice".into(), value, audience, editors });
            let Some(Ok(Answer::Id { id })) = made else { return };
            world.spare(id);
            let edit = Edit::Set(vec![("problem".into(), later)]);
            world.try_ask(at, Request::Edit { doc: id.to_string(), heads: vec![], edit });
        });
    }

    pub(crate) fn turn(&mut self, turn: &Turn) {
        let nodes = self.world.nodes.len();
        let on = |pick: &usize| pick % nodes;
        match turn {
            Turn::Cut(a, b) => self.world.cut_off(on(a), on(b)),
            Turn::OneWay(a, b) => drop(self.world.weather().oneway.insert((on(a), on(b)))),
            Turn::Snap(a, b, notice) => self.world.snap(on(a), on(b), *notice),
            Turn::Split(sides) => {
                let side = |at: usize| sides >> at & 1;
                let across = (0..nodes).flat_map(|a| (0..a).map(move |b| (a, b)));
                across.filter(|(a, b)| side(*a) != side(*b)).for_each(|(a, b)| self.world.cut_off(a, b));
            }
            Turn::Mend => self.world.mend_all(),
            Turn::Loss(loss) => self.world.weather().loss = *loss,
            Turn::Replay(replay) => self.world.weather().replay = *replay,
            Turn::Slow(ms) => self.world.weather().slow_ms = *ms,
            Turn::Batched(batched) => self.world.weather().batched = *batched,
            Turn::Disk(disk) => self.world.weather().disk = *disk,
            Turn::Full(at, full) => self.world.fill(on(at), *full),
            Turn::Crash(at, None) => self.world.power_fails(on(at)),
            Turn::Crash(at, Some(moment)) => self.world.arm(on(at), *moment),
            Turn::Rebuild(at) => self.world.rebuild(on(at)),
            Turn::Restart(at) => self.world.restart(on(at)),
            Turn::Skew(at, ms) => self.world.nodes[on(at)].skew_ms = *ms,
            Turn::Backup(at) => drop(self.backups.insert(on(at), self.world.backup(on(at)))),
            Turn::Restore(at) => self.restore(on(at)),
            Turn::Clone(at) => self.copy(on(at)),
        }
    }

    fn restore(&mut self, at: usize) {
        if !self.others_stay(at) {
            return;
        }
        let Some(backup) = self.backups.remove(&at) else { return };
        let who = self.who(at);
        let forgets = |doc: &Written| doc.owner == who && !terms_of(&backup, &doc.id).is_some_and(|t| t.deleted);
        // A deletion that nobody else had heard of is lost as well.
        self.docs.iter_mut().filter(|doc| forgets(doc)).for_each(|doc| doc.deleted = false);
        self.world.restore(at, backup);
        self.twins.insert(self.who(at));
        // What came after the backup is lost with the machine.
        self.told.remove(&at);
        self.charters.remove(&at);
    }

    /// Whether another of the first nodes can still be found where every backup says: else only a new ticket would help.
    fn others_stay(&self, at: usize) -> bool {
        let stays = |other: &usize| !self.twins.contains(other);
        (0..3).filter(|other| *other != self.who(at)).any(|other| stays(&other))
    }

    /// One copy in a story: each of them is one more node.
    fn copy(&mut self, at: usize) {
        if !self.others_stay(at) {
            return;
        }
        if self.world.nodes.len() > self.nodes_at_first() || self.world.nodes[at].lines.is_empty() {
            return;
        }
        let (copy, who) = (self.world.copy_of(at), self.who(at));
        self.watch.borrow_mut().who.push(who);
        self.twins.insert(who);
        self.world.restart(copy);
    }
}

impl Step {
    /// Whose machine may be copied or set back by this step; one more node may be there by then.
    pub(crate) fn twins(&self, nodes: usize) -> Vec<usize> {
        match self {
            Step::Turn(Turn::Restore(at) | Turn::Clone(at)) => vec![at % nodes, at % (nodes + 1)],
            _ => vec![],
        }
    }
}
