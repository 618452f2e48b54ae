//! Invitations that are out: which can still be used, who came with one, and taking one back.

use crate::{
    charter::Application,
    check::Check,
    engine::Engine,
    identity::Hash,
    message::Bye,
    refusal::Refusal,
    rows::{GivenTicket, Rows, key},
    signed::Verified,
    store::{Store, Table},
    ticket::Purpose,
    view::{Answer, InvitationView},
};

use super::ticket_id;

impl<S: Store> Engine<S> {
    /// Invitations that can still be used.
    pub(super) fn invitations(&self) -> Result<Answer, Refusal> {
        let came = self.applications()?;
        let view = |(id, given): (Hash, GivenTicket)| InvitationView {
            id,
            partner: given.purpose == Purpose::Partner,
            until: given.until,
            used_by: came.iter().find(|a| a.ticket == id).map(|a| a.name.clone()),
        };
        Ok(Answer::Invitations { invitations: self.open_tickets()?.into_iter().map(view).collect() })
    }

    fn open_tickets(&self) -> Result<Vec<(Hash, GivenTicket)>, Refusal> {
        let (id, now) = (self.network()?.id, self.turn.now);
        let rows = self.store.values::<GivenTicket>(Table::Ticket, &id.0)?;
        let open = rows.into_iter().filter(|(_, given)| !given.burnt && given.until > now);
        let mut open: Vec<(Hash, GivenTicket)> =
            open.map(|(_, given)| (ticket_id(&given.secret_hash), given)).collect();
        open.sort_by_key(|(id, given)| (given.until, *id));
        Ok(open)
    }

    /// Takes an invitation back. Who came with it and is not in yet is turned away.
    pub(super) fn withdraw(&mut self, text: &str) -> Result<(), Refusal> {
        let wanted = text.trim().to_lowercase();
        let open = self.open_tickets()?;
        let mut found = open.into_iter().filter(|(id, _)| wanted.len() >= 4 && id.to_string().starts_with(&wanted));
        let (ticket, given) = match (found.next(), found.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => return Err(Refusal::Ambiguous(text.into())),
            _ => return Err(Refusal::UnknownInvitation(text.into())),
        };
        let id = self.network()?.id;
        self.store.write(Table::Ticket, key(&[&id.0, &ticket.0]), &GivenTicket { burnt: true, ..given });
        for application in self.applications()?.into_iter().filter(|a| a.ticket == ticket) {
            self.store.delete(Table::Application, key(&[&id.0, &application.member.0]));
            self.dismiss(application.node, Bye::Ticket);
        }
        Ok(())
    }

    /// Whether it came with a ticket of ours that was taken back.
    pub(super) fn was_withdrawn(&self, application: &Application) -> Result<bool, Refusal> {
        let given = self.ticket_of(application)?;
        Ok(given.is_some_and(|given| given.burnt))
    }

    /// The ticket of ours that an applicant came with.
    fn ticket_of(&self, application: &Application) -> Result<Option<GivenTicket>, Refusal> {
        self.store.value(Table::Ticket, &key(&[&application.network.0, &application.ticket.0]))
    }

    /// What to compare with an applicant who came with a ticket of ours.
    pub(super) fn check_of(&self, application: &Verified<Application>) -> Result<Option<Check>, Refusal> {
        let ours = self.ticket_of(application)?.is_some_and(|given| given.bound == Some(application.member));
        let check = || Check::of(application.network, &application.ticket, self.keys.member_key(), application.member);
        Ok(ours.then(|| self.checks.of(application.ticket, application.member, check)))
    }

    /// What a newcomer compares with who invited it.
    pub(super) fn own_check(&self) -> Option<Check> {
        let ticket = self.network.as_ref()?.joining.as_ref()?;
        let waits = self.network.as_ref()?.own_standing(self.turn.now).who().is_none();
        let id = ticket_id(&ticket.secret_hash());
        let me = self.keys.member_key();
        waits.then(|| self.checks.of(id, me, || Check::of(ticket.network, &id, ticket.from, me)))
    }

    /// Gives up going to a network that has not let us in.
    pub(super) fn stop_joining(&mut self) -> Result<(), Refusal> {
        let network = self.network()?;
        if network.own_standing(self.turn.now).who().is_some() || network.joining.is_none() {
            return Err(Refusal::InNetwork);
        }
        let host = network.joining.as_ref().map(|ticket| ticket.node);
        if let Some(host) = host.filter(|host| self.sessions.contains_key(host)) {
            self.dismiss(host, Bye::Stranger);
        }
        self.give_up_joining()
    }
}
