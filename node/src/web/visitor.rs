//! Who knocks: the address they come from, the browser they use, and the session it shows.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, connect_info::Connected},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
    serve::IncomingStream,
};

use super::{Web, site::session_of};
use crate::{
    api::{Door, Stay},
    people::Visitor,
};

/// The other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    at: SocketAddr,
    /// Its leave to stay longer.
    pub(super) stay: Stay,
}

impl Source {
    /// The leave of its connection to stay longer.
    pub(crate) fn stay(&self) -> Stay {
        self.stay.clone()
    }
}

impl Connected<IncomingStream<'_, Door>> for Source {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Source {
        Source { at: *stream.remote_addr(), stay: stream.io().stay() }
    }
}

/// The most of what a browser says of itself that is looked at.
const AGENT_MOST: usize = 400;

impl FromRequestParts<Web> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Visitor, Infallible> {
        let source = parts.extensions.get::<ConnectInfo<Source>>().map(|source| source.0.at.ip());
        let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        Ok(Visitor {
            address: address(source, &parts.headers),
            token: session_of(&parts.headers).map(String::from),
            agent: agent.chars().take(AGENT_MOST).collect(),
        })
    }
}

/// What a web server says of who came to it.
const SAID: [&str; 2] = ["x-forwarded-for", "x-forwarded-proto"];

/// Only a web server beside us is believed that; from anybody else it is taken away before anything reads it.
pub(super) async fn believed(mut request: Request, next: Next) -> Response {
    let source = request.extensions().get::<ConnectInfo<Source>>().map(|source| source.0.at.ip());
    believe(source, request.headers_mut());
    next.run(request).await
}

fn believe(source: Option<IpAddr>, headers: &mut HeaderMap) {
    if !source.is_some_and(is_near) {
        for name in SAID {
            headers.remove(name);
        }
    }
}

/// Where a visitor comes from. Of several addresses only the last is believed, which the web server beside us added itself.
fn address(source: Option<IpAddr>, headers: &HeaderMap) -> String {
    let told = headers.get_all("x-forwarded-for").iter().next_back().and_then(|list| list.to_str().ok());
    let told = told.and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    let ip = match (source, told) {
        (Some(_), Some(told)) => told,
        (Some(source), _) => source,
        (None, _) => return String::new(),
    };
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        // One household or server has a whole network of these.
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip) & (!0 << 64)).to_string(),
    }
}

fn is_near(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_web_server_beside_us_is_believed() {
        let says =
            |list: &'static str| HeaderMap::from_iter(SAID.map(|name| (name.parse().unwrap(), list.parse().unwrap())));
        let ip = |text: &str| Some(text.parse().unwrap());
        let address = |source, mut headers| {
            believe(source, &mut headers);
            address(source, &headers)
        };
        assert_eq!(address(ip("127.0.0.1"), says("6.6.6.6, 198.51.100.7")), "198.51.100.7");
        assert_eq!(address(ip("203.0.113.9"), says("198.51.100.7")), "203.0.113.9");
        assert_eq!(address(ip("127.0.0.1"), says("nonsense")), "127.0.0.1");
        assert_eq!(address(ip("::1"), says("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::");
        for (source, believed) in [(ip("192.168.1.5"), true), (ip("203.0.113.9"), false), (None, false)] {
            let mut headers = says("https");
            believe(source, &mut headers);
            assert_eq!(headers.contains_key("x-forwarded-proto"), believed, "{source:?}");
        }
        assert_eq!(address(ip("::ffff:127.0.0.1"), HeaderMap::new()), "127.0.0.1");
    }
}
