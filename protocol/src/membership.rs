//! Who is who in the network this node belongs to: charter, rosters, grants and addresses, as they hold here.
//!
//! This is what every question of standing is asked of. It is read from the store at start and changes with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    charter::{Certificate, Charter, Fork, Link},
    document::{Editors, Terms},
    identity::{Hash, Keys, MemberId, MemberKey, NetworkId, NodeKey},
    limits::PIN_DEPTH,
    refusal::Refusal,
    roster::Roster,
    rows::{Rows, key},
    signed::{Verified, replaces},
    standing::{Address, Grant, Standing},
    store::{Read, Table},
    ticket::Ticket,
};

/// A network as it holds here.
#[derive(Debug)]
pub(crate) struct Membership {
    /// The network.
    pub(crate) id: NetworkId,
    /// Its charter; none while the first entry has not arrived.
    pub(crate) charter: Option<Charter>,
    /// Every entry of its chain.
    pub(crate) links: BTreeSet<Hash>,
    /// Two valid charters exist: nothing about it changes any more.
    pub(crate) fork: Option<Fork>,
    /// The charter needs a newer version of Commonweal.
    pub(crate) outdated: bool,
    /// The ticket we are joining with, until we are in.
    pub(crate) joining: Option<Ticket>,
    /// This collaborative in this network.
    pub(crate) me: MemberId,
    /// Newest rosters.
    pub(crate) rosters: BTreeMap<MemberId, Verified<Roster>>,
    /// Nodes that were retired, and whose.
    pub(crate) retired: BTreeMap<NodeKey, MemberId>,
    /// Grants, by owner and partner.
    pub(crate) grants: BTreeMap<(MemberId, MemberId), Verified<Grant>>,
    /// Where nodes can be reached.
    pub(crate) addresses: BTreeMap<NodeKey, Verified<Address>>,
    /// Members this node has nothing to do with, and since when.
    pub(crate) blocked: BTreeMap<MemberId, u64>,
    key: MemberKey,
    node: NodeKey,
}

impl Membership {
    /// Nothing known yet of a network.
    pub(crate) fn new(id: NetworkId, keys: &Keys) -> Membership {
        Membership {
            id,
            charter: None,
            links: BTreeSet::new(),
            fork: None,
            outdated: false,
            joining: None,
            me: MemberId::new(id, keys.member_key()),
            rosters: BTreeMap::new(),
            retired: BTreeMap::new(),
            grants: BTreeMap::new(),
            addresses: BTreeMap::new(),
            blocked: BTreeMap::new(),
            key: keys.member_key(),
            node: keys.node_key(),
        }
    }

    /// Reads a network back from the store.
    pub(crate) fn load(store: &impl Read, id: NetworkId, keys: &Keys) -> Result<Membership, Refusal> {
        let mut network = Membership::new(id, keys);
        for (_, certificate) in store.values::<Certificate>(Table::Charter, &id.0)? {
            let link = Link::recall(certificate).map_err(|_| Refusal::Unreadable)?;
            network.advance(link);
        }
        network.joining = store
            .value::<crate::rows::Joining>(Table::Joining, &id.0)?
            .map(|j| Ticket::parse(&j.ticket).map_err(|_| Refusal::Unreadable))
            .transpose()?;
        for roster in store.signed::<Roster>(Table::Roster, &id.0)? {
            network.rosters.insert(roster.member, roster);
        }
        for (row, member) in store.values::<MemberId>(Table::Retired, &id.0)? {
            let node = row[32..].try_into().map_err(|_| Refusal::Unreadable)?;
            network.retired.insert(NodeKey(node), member);
        }
        for grant in store.signed::<Grant>(Table::Grant, &id.0)? {
            network.grants.insert((grant.owner, grant.partner_id()), grant);
        }
        for address in store.signed::<Address>(Table::Address, &id.0)? {
            network.addresses.insert(address.node, address);
        }
        for (row, since) in store.values::<u64>(Table::Block, &id.0)? {
            let member = row[32..].try_into().map_err(|_| Refusal::Unreadable)?;
            network.blocked.insert(MemberId(member), since);
        }
        Ok(network)
    }

    /// Takes the next link of the chain, already checked.
    pub(crate) fn advance(&mut self, link: Link) {
        self.links.insert(link.hash());
        let charter = Charter::new(link);
        if let Some((id, _)) = charter.member_by_key(self.key) {
            self.me = id;
        }
        self.charter = Some(charter);
    }

    /// The seq of our charter head; none without a charter.
    pub(crate) fn seq(&self) -> Option<u64> {
        self.charter.as_ref().map(Charter::seq)
    }

    /// The charter, when we may build on it.
    pub(crate) fn settled(&self) -> Result<&Charter, Refusal> {
        if let Some(fork) = &self.fork {
            let names: Vec<String> = fork.culprits.iter().map(|k| self.name_of_key(k)).collect();
            return Err(Refusal::Forked(format!("{} signed two versions of it", names.join(", "))));
        }
        if self.outdated {
            return Err(Refusal::Outdated);
        }
        self.charter.as_ref().ok_or(Refusal::NoNetwork)
    }

    /// The entry before which nothing can be undone: the one that admitted us, or [`PIN_DEPTH`] deep. A founder alone
    /// could else sign another first step years later and stop the network.
    pub(crate) fn pin(&self) -> u64 {
        let Some(charter) = &self.charter else { return 0 };
        let since = charter.member_by_id(self.me).map_or(0, |m| m.since);
        since.max(charter.seq().saturating_sub(PIN_DEPTH))
    }

    /// What this node itself is here.
    pub(crate) fn own_standing(&self, now: u64) -> Standing {
        let member = self.charter.as_ref().is_some_and(|c| c.member_by_key(self.key).is_some());
        if !self.pinned() {
            Standing::Applicant
        } else if member {
            Standing::Member(self.me)
        } else if self.grants.values().any(|g| g.partner == self.key && g.holds(now) && self.is_member(&g.owner)) {
            Standing::Partner(self.me)
        } else if self.joining.is_some() {
            Standing::Applicant
        } else {
            Standing::Stranger
        }
    }

    /// Whether the chain holds the entry our ticket named: a chain made with old, leaked keys does not.
    fn pinned(&self) -> bool {
        self.joining.as_ref().is_none_or(|ticket| self.links.contains(&ticket.charter))
    }

    /// Whose node this is, if it is in use.
    pub(crate) fn member_of(&self, node: &NodeKey) -> Option<MemberId> {
        if *node == self.node {
            return Some(self.me);
        }
        let unretired = !self.retired.contains_key(node);
        let rosters = self.rosters.values().filter(|r| self.right_key(&r.member, &r.by));
        rosters.into_iter().find(|r| unretired && r.has(node)).map(|r| r.member)
    }

    /// Whose node this is or was.
    pub(crate) fn ever_member_of(&self, node: &NodeKey) -> Option<MemberId> {
        self.member_of(node).or_else(|| self.retired.get(node).copied())
    }

    /// What a node is here. Tickets are not asked: who comes with one is judged in the session.
    pub(crate) fn standing(&self, node: &NodeKey, now: u64) -> Standing {
        let Some(who) = self.member_of(node) else { return Standing::Stranger };
        if self.blocked.contains_key(&who) {
            return Standing::Stranger;
        }
        if self.charter.as_ref().is_some_and(|c| c.member_by_id(who).is_some()) {
            return Standing::Member(who);
        }
        // Only who granted can take back, so only its own nodes honour a grant.
        let granted = self.grants.get(&(self.me, who)).is_some_and(|g| g.holds(now)) && self.is_member(&self.me);
        if granted { Standing::Partner(who) } else { Standing::Stranger }
    }

    /// Whether this is a machine of a member this node has nothing to do with.
    pub(crate) fn is_blocked(&self, node: &NodeKey) -> bool {
        self.ever_member_of(node).is_some_and(|who| self.blocked.contains_key(&who))
    }

    /// Whether this is a machine of somebody who was removed.
    pub(crate) fn is_former(&self, node: &NodeKey) -> bool {
        self.member_of(node).is_some_and(|who| self.was_removed(&who))
    }

    /// The id of who has this key now.
    pub(crate) fn id_of(&self, key: MemberKey) -> MemberId {
        let member = self.charter.as_ref().and_then(|c| c.member_by_key(key));
        member.map_or_else(|| MemberId::new(self.id, key), |(id, _)| id)
    }

    /// Whether this key is a member's, or that of a partner of ours.
    pub(crate) fn has_key(&self, key: MemberKey, now: u64) -> bool {
        let member = self.charter.as_ref().is_some_and(|c| c.member_by_key(key).is_some());
        member || self.grants.values().any(|g| g.owner == self.me && g.partner == key && g.holds(now))
    }

    /// Whether the charter names this member now.
    pub(crate) fn is_member(&self, id: &MemberId) -> bool {
        match &self.charter {
            Some(charter) => charter.member_by_id(*id).is_some(),
            None => *id == self.me,
        }
    }

    /// Whether what this node writes in a document counts by itself.
    pub(crate) fn may_edit(&self, node: &NodeKey, terms: &Terms) -> bool {
        let Some(who) = self.member_of(node) else { return false };
        let editor = match &terms.editors {
            Editors::Owner => false,
            Editors::Named(named) => named.contains(&who),
            Editors::Members => true,
        };
        // Who was removed keeps seeing its own work on its own nodes.
        let counts = self.is_member(&who) || who == self.me;
        counts && (who == terms.owner || editor)
    }

    /// Whether a roster is signed by the right key for its member: the charter's, or a partner's own.
    pub(crate) fn roster_fits(&self, roster: &Verified<Roster>) -> bool {
        // A roster under a key that was replaced since counts no more, however high its seq.
        let held = self.rosters.get(&roster.member).filter(|h| self.right_key(&roster.member, &h.by));
        replaces(roster, held) && self.vouches(roster)
    }

    /// Whether a roster is its member's own word, be it the newest or not.
    pub(crate) fn vouches(&self, roster: &Verified<Roster>) -> bool {
        roster.network == self.id && self.right_key(&roster.member, &roster.by) && roster.is_sound()
    }

    /// Whether this is the key a member's roster must be signed with: the charter's, the last one of who was removed, or
    /// a partner's own.
    fn right_key(&self, member: &MemberId, key: &MemberKey) -> bool {
        let Some(charter) = &self.charter else { return *member == MemberId::new(self.id, *key) };
        if let Some(current) = charter.member_by_id(*member) {
            return current.key == *key;
        }
        let removed = &charter.entry().removed;
        match removed.iter().rev().find(|r| MemberId::new(self.id, r.first) == *member) {
            Some(removed) => removed.key == *key,
            None => *member == MemberId::new(self.id, *key),
        }
    }

    /// Whether this member's nodes are of use to us: it is in the charter, was, or holds a grant.
    pub(crate) fn knows(&self, id: &MemberId) -> bool {
        let granted = self.grants.keys().any(|(_, partner)| partner == id);
        self.is_member(id) || granted || self.removed().contains(id)
    }

    /// Members the charter removed.
    pub(crate) fn removed(&self) -> BTreeSet<MemberId> {
        let removed = self.charter.iter().flat_map(|c| c.entry().removed.iter());
        let ids = removed.map(|r| MemberId::new(self.id, r.first));
        ids.filter(|id| !self.is_member(id)).collect()
    }

    /// Whether the charter once named this member and does no more.
    pub(crate) fn was_removed(&self, id: &MemberId) -> bool {
        self.removed().contains(id)
    }

    /// What a member or partner is called.
    pub(crate) fn name_of(&self, id: &MemberId) -> String {
        if let Some(member) = self.charter.as_ref().and_then(|c| c.member_by_id(*id)) {
            return member.name.clone();
        }
        let grant = self.grants.values().find(|g| g.partner_id() == *id);
        grant.map_or_else(|| format!("a former member ({})", id.short()), |g| g.name.clone())
    }

    fn name_of_key(&self, key: &MemberKey) -> String {
        let member = self.charter.as_ref().and_then(|c| c.member_by_key(*key));
        member.map_or_else(|| key.short(), |(_, m)| m.name.clone())
    }

    /// Finds a member or partner by name, case aside, or by the beginning of its id.
    pub(crate) fn find(&self, text: &str) -> Result<MemberId, Refusal> {
        let folded = text.trim().to_lowercase();
        let members = self.charter.iter().flat_map(|c| c.members().map(|(id, m)| (id, m.name.clone())));
        let partners = self.grants.values().map(|g| (g.partner_id(), g.name.clone()));
        let everyone: BTreeMap<MemberId, String> = members.chain(partners).collect();
        let named: Vec<MemberId> =
            everyone.iter().filter(|(_, n)| n.to_lowercase() == folded).map(|(id, _)| *id).collect();
        let prefixed =
            || everyone.keys().filter(|id| folded.len() >= 6 && id.to_string().starts_with(&folded)).copied();
        let found: Vec<MemberId> = if named.is_empty() { prefixed().collect() } else { named };
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(Refusal::UnknownMember(text.into())),
            _ => Err(Refusal::Ambiguous(text.into())),
        }
    }

    /// The row of a roster.
    pub(crate) fn roster_key(&self, member: &MemberId) -> Vec<u8> {
        key(&[&self.id.0, &member.0])
    }
}
