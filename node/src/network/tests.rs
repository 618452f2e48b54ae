//! Nodes on loopback: they talk, meet on the doorstep, go away and come back.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;

mod hostile;

const SOON: Duration = Duration::from_secs(10);

/// The ways to listen, on any port of loopback.
const TCP: &[&str] = &["/ip4/127.0.0.1/tcp/0"];
const QUIC: &[&str] = &["/ip4/127.0.0.1/udp/0/quic-v1"];
const BOTH: &[&str] = &[TCP[0], QUIC[0]];

/// What a node of the version before speaks.
const ONLY_PLAIN: &[libp2p::StreamProtocol] = &[behaviour::PLAIN];

/// A node and what it is called.
struct Node {
    key: NodeKey,
    network: Network,
    /// Where it listens first.
    address: String,
    addresses: Vec<String>,
}

impl Node {
    async fn start(seed: u8) -> Self {
        Self::on(TCP, seed).await
    }

    async fn on(way: &[&str], seed: u8) -> Self {
        Self::with(Config::new([seed; 32], way.iter().map(|at| String::from(*at)).collect())).await
    }

    async fn with(config: Config) -> Self {
        Self::try_with(config).await.unwrap()
    }

    async fn try_with(config: Config) -> Result<Self, NetworkError> {
        let count = config.listen.len();
        let mut network = start(config).await?;
        let full = loop {
            match network.events.recv().await {
                Some(Event::Listening(full)) if full.len() == count => break full,
                Some(Event::Listening(_)) => {}
                other => panic!("does not listen: {other:?}"),
            }
        };
        let (key, address) = parse_address(&full[0]).unwrap();
        let addresses = full.iter().map(|full| parse_address(full).unwrap().1).collect();
        Ok(Self { key, network, address, addresses })
    }

    async fn tell(&self, command: Command) {
        self.network.commands.send(command).await.unwrap();
    }

    async fn reach(&self, other: &Node) {
        self.tell(Command::Reach { peer: other.key, addresses: other.addresses.clone() }).await;
    }

    async fn say(&self, link: (NodeKey, u64), bytes: impl Into<Vec<u8>>) {
        self.tell(Command::Send { peer: link.0, link: link.1, bytes: bytes.into() }).await;
    }

    async fn next(&mut self) -> Event {
        timeout(SOON, self.network.events.recv()).await.expect("nothing happens").expect("has stopped")
    }

    /// Waits for a link, passing over what happens before.
    async fn up(&mut self) -> (NodeKey, u64) {
        loop {
            if let Event::Up { peer, link, .. } = self.next().await {
                return (peer, link);
            }
        }
    }

    async fn down(&mut self) -> Why {
        loop {
            if let Event::Down { why, .. } = self.next().await {
                return why;
            }
        }
    }

    /// What comes next is the end of a link: of which, and why.
    async fn next_down(&mut self) -> (NodeKey, Why) {
        match self.next().await {
            Event::Down { peer, why } => (peer, why),
            other => panic!("not down: {other:?}"),
        }
    }

    async fn message(&mut self) -> Vec<u8> {
        loop {
            match self.next().await {
                Event::Message { bytes, .. } => return bytes,
                Event::Down { why, .. } => panic!("down: {why}"),
                _ => {}
            }
        }
    }

    async fn stop(mut self) {
        self.tell(Command::Stop).await;
        timeout(SOON, async { while self.network.events.recv().await.is_some() {} }).await.expect("does not stop");
    }
}

async fn pair(one: u8, other: u8) -> (Node, (NodeKey, u64), Node, (NodeKey, u64)) {
    pair_on(TCP, one, other).await
}

async fn pair_on(way: &[&str], one: u8, other: u8) -> (Node, (NodeKey, u64), Node, (NodeKey, u64)) {
    let (mut a, mut b) = (Node::on(way, one).await, Node::on(way, other).await);
    a.reach(&b).await;
    let (to_b, to_a) = (a.up().await, b.up().await);
    (a, to_b, b, to_a)
}

/// Sends these with at most 1 MiB under way, and returns what comes in meanwhile.
async fn exchange(node: &mut Node, link: (NodeKey, u64), messages: Vec<Vec<u8>>, expected: usize) -> Vec<Vec<u8>> {
    let (mut to_send, mut under_way, mut received) = (messages.into_iter().peekable(), 0, Vec::new());
    loop {
        while let Some(message) = to_send.next_if(|next| under_way == 0 || under_way + next.len() <= 1024 * 1024) {
            under_way += message.len();
            node.say(link, message).await;
        }
        if received.len() == expected && under_way == 0 && to_send.peek().is_none() {
            return received;
        }
        match node.next().await {
            Event::Message { bytes, .. } => received.push(bytes),
            Event::Sent { bytes, .. } => under_way -= bytes,
            other => panic!("{other:?}"),
        }
    }
}

async fn both_ways(way: &[&str], messages: Vec<Vec<u8>>) -> Duration {
    let (mut a, to_b, mut b, to_a) = pair_on(way, 1, 2).await;
    let count = messages.len();
    let began = Instant::now();
    let (at_a, at_b) =
        tokio::join!(exchange(&mut a, to_b, messages.clone(), count), exchange(&mut b, to_a, messages.clone(), count));
    assert!(at_a == messages && at_b == messages, "lost, doubled or out of order");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_words_arrive_in_order_both_ways() {
    for way in [TCP, QUIC] {
        let took = both_ways(way, (0..10_000u32).map(|i| i.to_be_bytes().to_vec()).collect()).await;
        println!("20,000 words by {way:?} in {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_messages_arrive_in_order_both_ways() {
    let long = |i: u8| (0..500 * 1024).map(|at: u32| (at as u8) ^ i).collect::<Vec<u8>>();
    let mut messages: Vec<_> = (0..40).map(long).collect();
    messages.push(vec![1; MAX_MESSAGE]);
    for way in [TCP, QUIC] {
        let took = both_ways(way, messages.clone()).await;
        println!("2 x 20 MB by {way:?} in {took:?}");
    }
}

/// A node of the version before, which knows plain frames alone: each dials the other, and they talk.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_packs_and_one_that_never_heard_of_it_talk() {
    for older in [0, 1] {
        let config = |n: u8| {
            let config = Config::new([n + 1; 32], vec![TCP[0].to_owned()]);
            if n == older { Config { spoken: ONLY_PLAIN, ..config } } else { config }
        };
        let (mut a, mut b) = (Node::with(config(0)).await, Node::with(config(1)).await);
        a.reach(&b).await;
        let (to_b, to_a) = (a.up().await, b.up().await);
        a.say(to_b, "hello").await;
        b.say(to_a, vec![5; MAX_MESSAGE]).await;
        assert_eq!((b.message().await, a.message().await.len()), (b"hello".to_vec(), MAX_MESSAGE));
    }
}

/// Both dial at the very same time, over and over: one link is left, the same one, and it carries words.
#[tokio::test(flavor = "multi_thread")]
async fn dialing_each_other_at_once_leaves_one_link() {
    for round in 0..24 {
        let way = [TCP, QUIC, BOTH][usize::from(round) % 3];
        let (mut a, mut b) = (Node::on(way, 100 + round).await, Node::on(way, 200 + round).await);
        tokio::join!(a.reach(&b), b.reach(&a));
        let (to_b, to_a) = tokio::join!(settled(&mut a), settled(&mut b));
        assert_ne!(to_b.2, to_a.2, "each thinks that the other dialed");
        a.say((to_b.0, to_b.1), "from a").await;
        b.say((to_a.0, to_a.1), "from b").await;
        assert_eq!(a.message().await, b"from b");
        assert_eq!(b.message().await, b"from a");
    }
}

/// The link there is when nothing has happened for a while.
async fn settled(node: &mut Node) -> (NodeKey, u64, bool) {
    let (mut link, mut ups) = (None, 0);
    let quiet = Duration::from_millis(250);
    loop {
        match timeout(if link.is_some() { quiet } else { SOON }, node.network.events.recv()).await {
            Ok(Some(Event::Up { peer, link: number, outbound, .. })) => {
                assert_eq!(link.replace((peer, number, outbound)), None, "two at once");
                ups += 1;
                assert!(ups <= 2, "they cannot agree");
            }
            Ok(Some(Event::Down { .. })) => assert!(link.take().is_some(), "down twice"),
            Ok(Some(_)) => {}
            Ok(None) => panic!("has stopped"),
            Err(_) => return link.expect("never up"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_node_is_found_again() {
    for way in [TCP, QUIC, BOTH] {
        let (mut a, _, b, _) = pair_on(way, 1, 2).await;
        let listen = b.addresses.clone();
        b.stop().await;
        assert_eq!(a.down().await, Why::Gone);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mut b = Node::with(Config::new([2; 32], listen)).await;
        // How long that takes is the machine's; that nobody waits long between two tries is ours.
        let to_b = loop {
            match a.next().await {
                Event::Up { peer, link, .. } => break (peer, link),
                Event::Unreachable { next_ms, .. } => assert!(next_ms < 10_000, "{way:?}: next in {next_ms} ms"),
                _ => {}
            }
        };
        a.say(to_b, "welcome back").await;
        assert_eq!(b.message().await, b"welcome back");
    }
}

/// Its ports are free as soon as its events end, so that a service manager may start it again at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stopped_can_listen_again_at_once() {
    // Between a stop and the next start another test may be given the very port; then the story begins anew.
    let mut told = 0;
    while told < 3 && stops_and_listens_again().await.is_err() {
        told += 1;
    }
    assert!(told < 3, "the ports were not free, three times over");
}

async fn stops_and_listens_again() -> Result<(), NetworkError> {
    let (_a, _, mut b, _) = pair_on(BOTH, 1, 2).await;
    for _ in 0..3 {
        let listen = b.addresses.clone();
        b.stop().await;
        b = Node::try_with(Config::new([2; 32], listen)).await?;
        b.up().await;
    }
    Ok(())
}

/// Now and then we hung up while the peer was still reading and talking; our system answered that with a
/// reset, and the peer's threw our last words away.
#[tokio::test(flavor = "multi_thread")]
async fn last_words_are_heard() {
    for round in 0..20 {
        let (mut a, to_b, mut b, to_a) = pair_on([TCP, QUIC][round % 2], 1, 2).await;
        a.tell(Command::Forget { peer: to_b.0 }).await;
        // Talk that is under way when a hangs up.
        for _ in 0..30 {
            b.say(to_a, vec![8; 64 * 1024]).await;
        }
        for _ in 0..6 {
            a.say(to_b, vec![7; 500 * 1024]).await;
        }
        a.say(to_b, "goodbye").await;
        a.tell(Command::Close { peer: to_b.0 }).await;
        for _ in 0..6 {
            assert_eq!(b.message().await.len(), 500 * 1024);
        }
        assert_eq!(b.message().await, b"goodbye");
        assert_eq!((a.down().await, b.down().await), (Why::Closed, Why::Gone));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_for_an_ended_link_are_not_said_on_the_next() {
    let (mut a, to_b, mut b, _) = pair(1, 2).await;
    b.tell(Command::Close { peer: a.key }).await;
    a.down().await;
    let again = a.up().await;
    a.say(to_b, "stale").await;
    a.say(again, "fresh").await;
    assert_eq!(b.down().await, Why::Closed);
    b.up().await;
    assert_eq!(b.message().await, b"fresh");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_peer_stays_out_until_unblocked() {
    let (mut a, to_b, mut b, _) = pair(1, 2).await;
    b.reach(&a).await;
    a.tell(Command::Block { peer: to_b.0 }).await;
    assert_eq!(a.down().await, Why::Blocked);
    b.down().await;
    // It connects, is refused, and perhaps has a stream for a moment; at our end nothing is seen of it.
    let quiet = timeout(Duration::from_millis(1500), a.next()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    a.reach(&b).await;
    let Event::Unreachable { why, .. } = a.next().await else { panic!("dials whom it blocked") };
    assert!(why.contains("do not connect"), "{why}");
    a.tell(Command::Unblock { peer: to_b.0 }).await;
    a.up().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_to_say_ends_the_link_with_a_reason() {
    let (mut a, to_b, b, _) = pair(1, 2).await;
    // Nobody takes b's events, so b does not read.
    for _ in 0..100 {
        a.say(to_b, vec![0; MAX_MESSAGE]).await;
    }
    assert_eq!(a.down().await, Why::QueueFull);
    let again = a.up().await;
    a.say(again, vec![0; MAX_MESSAGE + 1]).await;
    assert_eq!(a.down().await, Why::Unsendable);
    drop(b);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_and_tried_again() {
    let (mut a, gone) = (Node::start(1).await, Node::start(2).await);
    let (key, address) = (gone.key, gone.address.clone());
    gone.stop().await;
    let elsewhere = Node::start(3).await;
    a.tell(Command::Reach { peer: key, addresses: vec![address, elsewhere.address.clone()] }).await;
    for _ in 0..2 {
        let Event::Unreachable { peer, why, next_ms } = a.next().await else { panic!("reached nobody") };
        assert_eq!(peer, key);
        assert!(next_ms <= 10_000 && why.len() < 500, "{next_ms} {why}");
    }
}

#[tokio::test]
async fn what_is_wrong_at_the_start_is_a_sentence() {
    let a = Node::on(BOTH, 1).await;
    for (listen, says) in [
        (a.addresses[0].as_str(), "is in use"),
        (a.addresses[1].as_str(), "is in use"),
        ("/ip4/127.0.0.1/udp/4100", "is not understood"),
        ("/ip4/192.0.2.1/tcp/4100", "not an address of this machine"),
        ("localhost:4100", "Write it like /ip4/0.0.0.0/tcp/4100"),
        ("/dns4/localhost/tcp/4100", "is not understood"),
    ] {
        let error = start(Config::new([2; 32], vec![listen.to_owned()])).await.unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_peers_address_is_a_sentence() {
    let (mut a, b) = (Node::start(1).await, Node::start(2).await);
    let elsewhere = format!("{}/p2p/{}", b.address, peer_id(&a.key).unwrap());
    a.tell(Command::Reach { peer: b.key, addresses: vec![elsewhere] }).await;
    let Event::Failed(fault) = a.next().await else { panic!() };
    assert!(fault.to_string().contains("another node"), "{fault}");
    a.tell(Command::Reach { peer: b.key, addresses: vec!["nonsense".to_owned(), b.address.clone()] }).await;
    let Event::Failed(fault) = a.next().await else { panic!() };
    assert!(fault.to_string().contains("It is not an address"), "{fault}");
    a.up().await;
}
