//! Who asks over the web: nobody known, or a program with somebody's access key. Pages' cookies count for nothing here, and
//! keys count for nothing on pages.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{failure::Failure, table::Needs};
use crate::{
    catalog::Viewer,
    clock,
    config::{ASKERS_KNOWN, ASKS_A_SECOND, ASKS_AT_ONCE},
    people::{People, Scope},
};

/// Who asks, and how far they may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) viewer: Viewer,
    scope: Option<Scope>,
}

impl Caller {
    /// Somebody at this machine, who could as well read the files.
    pub(super) const HERE: Caller = Caller { viewer: Viewer::Inside, scope: Some(Scope::Admin) };
    const NOBODY: Caller = Caller { viewer: Viewer::Anybody, scope: None };

    /// Whether they may write records of this collaborative.
    pub(super) fn writes(self) -> bool {
        self.may(Needs::Write)
    }

    fn may(self, needs: Needs) -> bool {
        needs.scope().is_none_or(|least| self.viewer == Viewer::Inside && self.scope >= Some(least))
    }
}

/// What stands before each route on the web.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    pub(super) people: People,
    pub(super) throttle: Throttle,
    pub(super) needs: Needs,
}

/// Lets in who may ask this, and not too often.
pub(super) async fn guard(State(guard): State<Guard>, mut request: Request, next: Next) -> Response {
    let (who, caller) = match bearer(request.headers()) {
        None => (String::new(), Caller::NOBODY),
        // An app password opens calendars and nothing here.
        Some(key) => match key.and_then(|key| guard.people.key(key)).filter(|(_, scope)| *scope >= Scope::Read) {
            Some((account, scope)) => {
                (account.name, Caller { viewer: Viewer::of(Some(account.role)), scope: Some(scope) })
            }
            None => return Failure::no_key().into_response(),
        },
    };
    if !guard.throttle.lets(&who, clock::now_ms()) {
        return Failure::too_often().into_response();
    }
    if !caller.may(guard.needs) {
        return if caller == Caller::NOBODY { Failure::no_key() } else { Failure::not_with_this_key() }.into_response();
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The key that is shown; nothing in it when what is shown is no key.
fn bearer(headers: &HeaderMap) -> Option<Option<&str>> {
    let shown = headers.get(header::AUTHORIZATION)?;
    let key = shown.to_str().ok().and_then(|text| text.split_once(' '));
    Some(key.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, key)| key.trim()))
}

/// How often everybody may ask: so many at once, and then so many a second. Who shows no key shares one measure with all
/// others who show none, since a proxy before us makes them look alike.
#[derive(Clone, Debug)]
pub(crate) struct Throttle {
    asked: Arc<Mutex<BTreeMap<String, (u64, u64)>>>,
    at_once: u64,
    a_second: u64,
}

impl Default for Throttle {
    fn default() -> Throttle {
        Throttle::new(ASKS_AT_ONCE, ASKS_A_SECOND)
    }
}

impl Throttle {
    pub(crate) fn new(at_once: u64, a_second: u64) -> Throttle {
        Throttle { asked: Arc::default(), at_once, a_second }
    }

    pub(crate) fn lets(&self, who: &str, now: u64) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.len() >= ASKERS_KNOWN {
            // A measure that is full again is as good as none.
            asked.retain(|_, (left, at)| self.refilled(*left, *at, now) < self.at_once * 1_000);
        }
        let (left, at) = asked.entry(who.to_owned()).or_insert((self.at_once * 1_000, now));
        let full = self.refilled(*left, *at, now);
        (*left, *at) = (full.saturating_sub(1_000), now);
        full >= 1_000
    }

    /// What is left, in thousandths of a question.
    fn refilled(&self, left: u64, at: u64, now: u64) -> u64 {
        left.saturating_add(now.saturating_sub(at).saturating_mul(self.a_second)).min(self.at_once * 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_too_often_waits_and_nobody_waits_for_another() {
        let throttle = Throttle::default();
        assert!((0..ASKS_AT_ONCE).all(|_| throttle.lets("ann", 0)));
        assert!(!throttle.lets("ann", 0) && throttle.lets("bob", 0) && throttle.lets("", 0));
        assert!(throttle.lets("ann", 1_000), "a second later");
        assert!((1..ASKS_A_SECOND).all(|_| throttle.lets("ann", 1_000)));
        assert!(!throttle.lets("ann", 1_000));
    }

    #[test]
    fn a_key_is_shown_in_one_way() {
        let shown = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static(text))]);
            bearer(&headers).map(|key| key.map(String::from))
        };
        assert_eq!(shown("Bearer cw_abc"), Some(Some("cw_abc".into())));
        assert_eq!(shown("bearer  cw_abc"), Some(Some("cw_abc".into())));
        assert_eq!(shown("Basic YTpi"), Some(None));
        assert_eq!(shown("cw_abc"), Some(None));
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[test]
    fn a_coordinators_key_opens_what_is_shared_and_nothing_inside() {
        let key = |viewer, scope| Caller { viewer, scope: Some(scope) };
        let coordinator = key(Viewer::Network, Scope::Read);
        assert!(coordinator.may(Needs::Nothing) && !coordinator.may(Needs::Inside));
        let reader = key(Viewer::Inside, Scope::Read);
        assert!(reader.may(Needs::Inside) && !reader.may(Needs::Write));
        assert!(
            key(Viewer::Inside, Scope::Write).may(Needs::Write) && !key(Viewer::Inside, Scope::Write).may(Needs::Admin)
        );
        assert!(Caller::HERE.may(Needs::Admin) && !Caller::NOBODY.may(Needs::Inside));
    }
}
