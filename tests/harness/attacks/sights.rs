//! Asking for what one may not see.

use protocol::{
    identity::{DocId, Hash},
    message::{FeedRange, Give, Message, WantItem},
};

use super::{Attack, Ends};
use crate::mouth::{Mouth, Scene, Who};

pub(super) const ALL: [Attack; 1] = [Attack {
    name: "probing_ids",
    wants: "to know whether a record exists that is not for them, or to have it",
    who: Who::Member,
    deed: probing_ids,
    ends: Ends::Ignored,
    defence: "protocol/src/sync/serve.rs: serve",
}];

/// What Riverside gives of a document, by name.
fn given(mouth: &mut dyn Mouth, doc: DocId) -> Option<Give> {
    let Scene { network, riverside, .. } = mouth.scene();
    let feeds = vec![FeedRange { feed: riverside, from: 1, to: 9 }];
    mouth.say(&Message::Want(network, vec![WantItem { doc, headers: true, feeds, forks: vec![riverside] }]));
    let of_it = move |message: &Message| matches!(message, Message::Give(give) if give.doc == doc);
    mouth.hear(Some(&of_it)).into_iter().find_map(|message| match message {
        Message::Give(give) if give.doc == doc => Some(*give),
        _ => None,
    })
}

/// A private document and one that nobody ever made are answered alike.
fn probing_ids(mouth: &mut dyn Mouth) -> Result<(), String> {
    let (hidden, nowhere) = (mouth.scene().hidden, DocId(Hash::of(b"nowhere").0));
    let [Some(of_hidden), Some(of_nowhere)] = [hidden, nowhere].map(|doc| given(mouth, doc)) else {
        return Err("a want went unanswered".into());
    };
    let alike = Give { doc: nowhere, ..of_hidden } == of_nowhere;
    if alike { Ok(()) } else { Err("a private record and none are answered differently".into()) }
}
