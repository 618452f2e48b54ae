//! Peers that do not keep to the rules: each is let go, and nobody else notices.

use std::net::SocketAddr;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::{
    Multiaddr, Stream, StreamProtocol, Swarm,
    swarm::{SwarmEvent, dial_opts::DialOpts, dummy},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UdpSocket},
};

use super::super::{
    address::to_peer_id,
    behaviour::{Behaviour, BehaviourEvent, Opened, PACKED},
    limits::Patience,
    packing::Packer,
};
use super::*;

const ONLY_PACKED: &[StreamProtocol] = &[PACKED];

/// A node in a hurry, so that a test need not wait half a minute.
fn hasty(seed: u8) -> Config {
    let tenth = Duration::from_millis(100);
    let mut config = Config::new([seed; 32], vec![TCP[0].to_owned()]);
    config.patience = Patience { stream: 5 * tenth, stall: 5 * tenth, farewell: 3 * tenth, ..Patience::default() };
    config
}

fn bare(seed: u8, spoken: &'static [StreamProtocol]) -> Swarm<Behaviour> {
    let keypair = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
    transport::swarm(&keypair, &Config { spoken, ..Config::new([seed; 32], vec![]) })
}

/// Connects to a node with our real transport and hands out the bare stream, of plain frames; the connection lives in its
/// own task.
async fn intrude(seed: u8, node: &Node) -> Stream {
    intrude_by(seed, node, ONLY_PLAIN).await
}

/// The same, in the protocol of our choice.
async fn intrude_by(seed: u8, node: &Node, spoken: &'static [StreamProtocol]) -> Stream {
    let mut swarm = bare(seed, spoken);
    let address: Multiaddr = node.address.parse().unwrap();
    swarm.dial(DialOpts::peer_id(to_peer_id(&node.key).unwrap()).addresses(vec![address]).build()).unwrap();
    let stream = loop {
        match swarm.select_next_some().await {
            SwarmEvent::Behaviour(BehaviourEvent::Streams(Opened::Stream { stream, .. })) => {
                assert_eq!(stream.packed, spoken == ONLY_PACKED);
                break stream.stream;
            }
            SwarmEvent::OutgoingConnectionError { error, .. } => panic!("{error}"),
            _ => {}
        }
    };
    tokio::spawn(async move {
        loop {
            swarm.select_next_some().await;
        }
    });
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn who_breaks_the_rules_of_frames_is_let_go_and_others_do_not_notice() {
    rude_on(TCP).await;
    rude_on(QUIC).await;
}

async fn rude_on(way: &[&str]) {
    let (a, to_b, mut b, _) = pair_on(way, 1, 2).await;
    let more = [&[0, 0, 0x40, 1, 1][..], &[7; 0x4000]].concat();
    let rude: [(&[u8], usize, Broken); 4] = [
        (&[0xff, 0xff, 0xff, 0xff, 0], 1, Broken::FrameTooLong),
        (&[0, 0, 0, 1, 1], 1000, Broken::EmptyFrame),
        (&more, 100, Broken::MessageTooLong),
        (b"\0\0\0\x09\xEEgarbage!", 1, Broken::UnknownFlag),
    ];
    for (seed, (bytes, times, broken)) in (10..).zip(rude) {
        let mut stream = intrude(seed, &b).await;
        let (intruder, _) = b.up().await;
        for _ in 0..times {
            // It fails as soon as we are let go.
            if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                break;
            }
        }
        assert_eq!(b.next_down().await, (intruder, Why::Broken(broken)));
        assert!(matches!(timeout(SOON, stream.read(&mut [0; 16])).await, Ok(Ok(0) | Err(_))), "still connected");
        a.say(to_b, "are you all right?").await;
        assert_eq!(b.message().await, b"are you all right?");
    }
}

/// Frames that break the rules break them in packed ones as well; and packing has rules of its own.
#[tokio::test(flavor = "multi_thread")]
async fn who_breaks_the_rules_of_packing_is_let_go_and_others_do_not_notice() {
    let (a, to_b, mut b, _) = pair(1, 2).await;
    let in_frames = |frame: &[u8], times: usize| {
        let (mut packer, mut out) = (Packer::new(), vec![]);
        (0..times).for_each(|_| packer.pack(frame, &mut out).unwrap());
        packer.end_batch(&mut out).unwrap();
        out
    };
    let more = [&[0, 0, 0x40, 1, 1][..], &[7; 0x4000]].concat();
    let bomb = in_frames(&more, 64 * 1024);
    assert!(bomb.len() < 2 << 20, "a gigabyte in {} bytes", bomb.len());
    let rude: [(&[u8], usize, Broken); 6] = [
        (&bomb, 1, Broken::MessageTooLong),
        (&in_frames(&[0, 0, 0, 1, 1], 1), 1, Broken::EmptyFrame),
        (b"\xff garbage", 1, Broken::NotPacked),
        // It was ended, and goes on.
        (&[1, 0, 0, 0xff, 0xff], 9, Broken::NotPacked),
        // Empty blocks, and no end of them.
        (&[0, 0, 0, 0xff, 0xff], 100_000, Broken::HoldsNothing),
        // Plain frames.
        (&[0, 0, 0, 6, 0, 1, 2, 3, 4, 5], 9, Broken::NotPacked),
    ];
    for (seed, (bytes, times, broken)) in (10..).zip(rude) {
        let mut stream = intrude_by(seed, &b, ONLY_PACKED).await;
        let (intruder, _) = b.up().await;
        for _ in 0..times {
            // It fails as soon as we are let go.
            if stream.write_all(bytes).await.is_err() || stream.flush().await.is_err() {
                break;
            }
        }
        assert_eq!(b.next_down().await, (intruder, Why::Broken(broken)));
        a.say(to_b, "are you all right?").await;
        assert_eq!(b.message().await, b"are you all right?");
    }
}

/// It says nothing, takes nothing, and holds the only place there is.
#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_let_go_and_its_place_is_free() {
    let mut config = hasty(1);
    config.max_inbound = 1;
    let mut a = Node::with(config).await;
    let (proxy, valve) = Proxy::to(&a).await;
    let stream = intrude(2, &proxy.named(&a)).await;
    let (slow, link) = a.up().await;
    valve.close();
    for _ in 0..7 {
        a.say((slow, link), vec![0; MAX_MESSAGE]).await;
    }
    assert_eq!(a.down().await, Why::Stalled);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let b = Node::start(3).await;
    b.reach(&a).await;
    assert_eq!(a.up().await.0, b.key);
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_link_is_noticed() {
    let mut config = hasty(1);
    (config.patience.ping, config.patience.pong) = (Duration::from_millis(200), Duration::from_millis(300));
    let mut a = Node::with(config).await;
    let (proxy, valve) = Proxy::to(&a).await;
    let b = Node::start(2).await;
    b.reach(&proxy.named(&a)).await;
    a.up().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    valve.close();
    // libp2p forgives the first ping, and gives the next one's stream 10 s.
    tokio::time::sleep(SOON).await;
    assert_eq!(a.down().await, Why::Silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_connects_is_let_go() {
    let mut config = hasty(1);
    config.max_inbound = 1;
    let mut a = Node::with(config).await;
    let keypair = Keypair::ed25519_from_bytes([2; 32]).unwrap();
    let patient = libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(10 * SOON);
    let connections = transport::secured(&keypair, SOON);
    let mut idler = Swarm::new(connections, dummy::Behaviour, keypair.public().to_peer_id(), patient);
    let address: Multiaddr = a.address.parse().unwrap();
    idler.dial(DialOpts::peer_id(to_peer_id(&a.key).unwrap()).addresses(vec![address]).build()).unwrap();
    let idling = tokio::spawn(async move {
        let mut closed = false;
        while !closed {
            closed = matches!(idler.select_next_some().await, SwarmEvent::ConnectionClosed { .. });
        }
    });
    timeout(SOON, idling).await.expect("let stay").unwrap();
    let b = Node::start(3).await;
    b.reach(&a).await;
    assert_eq!(a.up().await.0, b.key);
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_shouting_at_the_ports_disturb_nobody() {
    let (a, to_b, mut b, _) = pair_on(BOTH, 1, 2).await;
    let port = |at: usize| -> SocketAddr {
        let port = b.addresses[at].split('/').nth(4).unwrap();
        format!("127.0.0.1:{port}").parse().unwrap()
    };
    let (mut strangers, by_udp) = (Vec::new(), UdpSocket::bind("127.0.0.1:0").await.unwrap());
    for number in 0..50 {
        let mut stranger = TcpStream::connect(port(0)).await.unwrap();
        let _ = stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").await;
        strangers.push(stranger);
        by_udp.send_to(b"GET / HTTP/1.1\r\n\r\n", port(1)).await.unwrap();
        // The head of a first QUIC packet, with an id of 8 bytes and no token, and 1,182 bytes of nonsense.
        let head = [0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, number, 0, 0, 0x44, 0x9e];
        by_udp.send_to(&[&head[..], &[number; 1182]].concat(), port(1)).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    a.say(to_b, "hello").await;
    // Nor is it a fault that somebody has to mend.
    assert!(matches!(b.next().await, Event::Message { bytes, .. } if bytes == b"hello"));
}

/// It once filled the queue that all share, so that whoever else said something waited behind all of it.
#[tokio::test(flavor = "multi_thread")]
async fn who_talks_without_end_is_heard_in_turn_with_the_others() {
    let (a, to_b, mut b, _) = pair(1, 2).await;
    let c = Node::start(3).await;
    c.reach(&b).await;
    let (mut c, _) = (c, b.up().await);
    let from_c = c.up().await;
    for number in 0..50_u32 {
        a.say(to_b, number.to_be_bytes()).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    c.say(from_c, "hello").await;
    // Nothing is looked at yet, so what a peer said goes on taking up its room.
    let mut waiting = vec![];
    while !waiting.iter().any(|event| matches!(event, Event::Message { peer, .. } if *peer == c.key)) {
        waiting.push(b.next().await);
    }
    let of_a = |event: &&Event| matches!(event, Event::Message { peer, .. } if *peer == a.key);
    assert_eq!(waiting.iter().filter(of_a).count(), limits::WAITING / limits::WAITING_LEAST);
    drop(waiting);
    for number in 8..50_u32 {
        assert_eq!(b.message().await, number.to_be_bytes(), "what waited comes, all of it and in order");
    }
}

/// From loopback, so that only its key counts against it; and it is welcome as soon as somebody vouches for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_that_keeps_coming_is_kept_out_and_others_are_not() {
    let mut a = Node::start(1).await;
    let mut refused = 0;
    while let Ok(stream) = timeout(Duration::from_secs(1), intrude(2, &a)).await {
        // It has a stream, at its own end; whether we took it shows when we hang up.
        let Ok(Event::Up { peer, .. }) = timeout(Duration::from_secs(1), a.next()).await else { break };
        a.tell(Command::Refuse { peer }).await;
        drop(stream);
        // Whoever hangs up first; the place is free either way.
        assert!(matches!(a.down().await, Why::Closed | Why::Gone));
        refused += 1;
        assert!(refused < 20, "again and again");
    }
    assert!(refused > 10, "kept out after {refused}");
    let stranger = Node::start(2).await;
    stranger.reach(&a).await;
    let quiet = timeout(Duration::from_secs(1), a.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    let b = Node::start(3).await;
    b.reach(&a).await;
    assert_eq!(a.up().await.0, b.key);
    a.reach(&stranger).await;
    assert_eq!(a.up().await.0, stranger.key);
}

/// The wrong node answers at once, and the right one only after a detour.
#[tokio::test(flavor = "multi_thread")]
async fn another_node_at_one_address_does_not_hide_the_right_one() {
    let (mut a, b, other) = (Node::start(1).await, Node::start(2).await, Node::on(QUIC, 3).await);
    let (proxy, _valve) = Proxy::to(&b).await;
    a.tell(Command::Reach { peer: b.key, addresses: vec![other.address.clone(), proxy.address] }).await;
    assert!(matches!(a.next().await, Event::Up { peer, .. } if peer == b.key));
}

/// Nobody takes the events of this node; what a peer can pour into it is what may wait, a message in the making, and what Yamux or
/// QUIC and the system hold.
#[tokio::test(flavor = "multi_thread")]
async fn who_pours_into_a_busy_node_has_to_wait() {
    pour_into(TCP, ONLY_PLAIN).await;
    pour_into(QUIC, ONLY_PLAIN).await;
    pour_into(TCP, ONLY_PACKED).await;
}

async fn pour_into(way: &[&str], spoken: &'static [StreamProtocol]) {
    let b = Node::on(way, 2).await;
    let mut stream = intrude_by(10, &b, spoken).await;
    // Noise, of which packing makes nothing shorter: what waits on the wire is little beside what waits at the node.
    let mut noise = (0..0xffffu32).scan(1u32, |chance, _| {
        *chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*chance >> 24) as u8)
    });
    let frame: Vec<u8> = [0, 1, 0, 0, 1].into_iter().chain(&mut noise).collect();
    let (mut packer, mut poured) = (Packer::new(), 0);
    loop {
        // Eight frames to a message, the last one marked so.
        let mut frame = frame.clone();
        frame[4] = if poured % (8 * frame.len()) == 7 * frame.len() { 0 } else { 1 };
        poured += frame.len();
        if spoken == ONLY_PACKED {
            let plain = std::mem::take(&mut frame);
            packer.pack(&plain, &mut frame).unwrap();
            packer.end_batch(&mut frame).unwrap();
        }
        match timeout(Duration::from_millis(500), stream.write_all(&frame)).await {
            Ok(written) => written.unwrap(),
            Err(_) => break,
        }
    }
    assert!(poured > MAX_MESSAGE && poured < 16 * MAX_MESSAGE, "{way:?}: {poured}");
}

/// A slow receiver makes the sender wait; nothing is lost, and nobody else waits.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_slows_its_peers_and_loses_nothing() {
    slow_on(TCP).await;
    slow_on(QUIC).await;
}

async fn slow_on(way: &[&str]) {
    let (mut a, to_b, mut b, _) = pair_on(way, 1, 2).await;
    let messages: Vec<Vec<u8>> = (0..60).map(|i| vec![i; 256 * 1024]).collect();
    let sending = tokio::spawn(async move { exchange(&mut a, to_b, messages, 0).await });
    for i in 0..60 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert_eq!(b.message().await, vec![i; 256 * 1024]);
    }
    sending.await.unwrap();
}

/// Carries bytes between a peer and a node, until its valve is closed: then it holds on and carries nothing.
struct Proxy {
    address: String,
}

struct Valve(tokio::sync::watch::Sender<bool>);

impl Valve {
    fn close(&self) {
        self.0.send_replace(false);
    }
}

impl Proxy {
    async fn to(node: &Node) -> (Self, Valve) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("/ip4/127.0.0.1/tcp/{}", listener.local_addr().unwrap().port());
        let port = node.address.rsplit('/').next().unwrap().to_owned();
        let (valve, open) = tokio::sync::watch::channel(true);
        tokio::spawn(async move {
            while let Ok((visitor, _)) = listener.accept().await {
                let host = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
                let ((from, to), (back, forth)) = (visitor.into_split(), host.into_split());
                tokio::spawn(carry(from, forth, open.clone()));
                tokio::spawn(carry(back, to, open.clone()));
            }
        });
        (Self { address }, Valve(valve))
    }

    /// The node, at the proxy's address.
    fn named(&self, node: &Node) -> Node {
        let (commands, _) = mpsc::channel(1);
        let (_, events) = mpsc::channel(1);
        let (address, addresses) = (self.address.clone(), vec![self.address.clone()]);
        Node { key: node.key, network: Network { commands, events }, address, addresses }
    }
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut open: tokio::sync::watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 65536];
    loop {
        let count = tokio::select! {
            count = from.read(&mut buffer) => count.unwrap_or(0),
            () = closed(&mut open) => return std::future::pending().await,
        };
        if count == 0 || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn closed(open: &mut tokio::sync::watch::Receiver<bool>) {
    let _ = open.wait_for(|open| !open).await;
}
