//! Two nodes of the real binary, Riverside and Hillside, and attackers who come to Riverside over the wire. While one
//! is at it the two go on writing to each other.

use std::{
    fs,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use protocol::{input::Request, message::Message};
use serde_json::{Value, json};

use crate::{
    attacks::{Attack, Ends},
    ground::{ended, holds},
    mouth::{CANARY, FORGED, Mouth, Scene, Who},
    real::{Node, PATIENCE, Place, eventually},
    stranger::Stranger,
};

/// What Riverside may hold more while it is attacked than before, in bytes.
const MORE_BYTES: u64 = 100 << 20;

/// How long the honest two rest between edits.
const BETWEEN: Duration = Duration::from_millis(100);

/// The two, and what they had before.
pub struct Pair {
    riverside: Node,
    hillside: Node,
    scene: Scene,
    edits: AtomicUsize,
    // Last, so that it goes when nobody runs in it any more.
    _place: Place,
}

impl Pair {
    /// They found a network, and each has a record or two.
    pub fn meet() -> Pair {
        let place = Place::new();
        let mut nodes = place.network(&["Riverside", "Hillside"]);
        let (hillside, riverside) = (nodes.pop().unwrap(), nodes.pop().unwrap());
        let fields = ["--set", "title=Dinners", "--set", "summary=We write it together."];
        let create = ["record", "create", "practice", "--audience", "network", "--editors", "members"];
        let open = riverside.id(&[&create[..], &fields].concat());
        let closed = riverside.id(&[&create[..], &fields].concat());
        riverside.ask(&["record", "editors", &closed, "--editors", "owner"]);
        let hidden = riverside.practice(CANARY, "private");
        let theirs = hillside.practice("Warm line", "network");
        let scene = Scene {
            network: riverside.ask(&["network", "show"])["network"].as_str().unwrap().parse().unwrap(),
            riverside: riverside.key.parse().unwrap(),
            hillside: hillside.key.parse().unwrap(),
            open: open.parse().unwrap(),
            closed: closed.parse().unwrap(),
            hidden: hidden.parse().unwrap(),
            theirs: theirs.parse().unwrap(),
        };
        let pair = Pair { riverside, hillside, scene, edits: AtomicUsize::new(0), _place: place };
        pair.both_write();
        pair
    }

    /// Plays an attack; which promises it broke.
    pub fn play(&self, attack: &Attack) -> Vec<String> {
        let attacker = || {
            let mut liar = self.come(attack.who, attack.name);
            let (members, before) = (self.members(), memory(&self.riverside, "VmRSS:"));
            self.forget_peak();
            let mouth: &mut dyn Mouth = &mut liar;
            let mut broken: Vec<String> = (attack.deed)(mouth).err().into_iter().collect();
            let heard = match attack.ends {
                Ends::TurnedAway(_) => mouth.hear(Some(&|message| matches!(message, Message::Bye(_)))),
                _ => mouth.listen(),
            };
            broken.extend(ended(attack.ends, mouth.is_up(), &heard));
            let more = memory(&self.riverside, "VmHWM:").saturating_sub(before);
            if more > MORE_BYTES {
                broken.push(format!("Riverside held {} MiB more", more >> 20));
            }
            if self.members() != members {
                broken.push("there are other members than before".into());
            }
            if attack.blamed() {
                let peers = self.riverside.socket().get("/peers");
                let row = peers["peers"].as_array().unwrap().iter().find(|peer| peer["node"] == liar.key().as_str());
                let told = row.is_some_and(|row| row["why_not"].to_string().contains("broke a rule"));
                let logged = self.riverside.log().contains("a node broke a rule");
                if !told || !logged {
                    broken.push(format!("who looks after Riverside is not told: {peers}"));
                }
            }
            if holds(&liar.heard, CANARY) {
                broken.push("what is private was told".into());
            }
            broken
        };
        let mut broken = thread::scope(|scope| {
            let attacker = scope.spawn(attacker);
            loop {
                self.both_write();
                if attacker.is_finished() {
                    break attacker.join().unwrap();
                }
                thread::sleep(BETWEEN);
            }
        });
        self.both_write();
        // What waits here because nobody can read it is passed on to nobody, so only what is read is the same.
        let fields = |node: &Node| node.shared().iter().map(|one| one["fields"].clone()).collect::<Vec<Value>>();
        let shown = || [fields(&self.riverside), fields(&self.hillside)];
        eventually("both show the same", || {
            let [one, other] = shown();
            one == other
        });
        if json!(shown()).to_string().contains(FORGED) {
            broken.push("what was forged is shown".into());
        }
        broken
    }

    fn members(&self) -> usize {
        self.riverside.ask(&["network", "show"])["members"].as_array().unwrap().len()
    }

    /// Somebody comes to Riverside, and is there as what they shall be.
    fn come(&self, who: Who, name: &str) -> Stranger {
        let mut liar = Stranger::new(name);
        liar.set_scene(&self.riverside, self.scene);
        let more: &[&str] = match who {
            Who::Stranger => return liar,
            Who::Applicant => &["--check"],
            Who::Partner => &["--partner"],
            Who::Member | Who::Removed => &[],
        };
        liar.must(Request::Join { ticket: self.riverside.ticket(more) });
        liar.call();
        let standing = if who == Who::Partner { "partner" } else { "member" };
        match who {
            Who::Applicant => drop((&mut liar as &mut dyn Mouth).listen()),
            _ => assert!(
                liar.await_that(|own| own.stands_as(standing)),
                "it never became a {standing}: {:?}",
                liar.must(Request::Status)
            ),
        }
        if who == Who::Removed {
            self.riverside.ask(&["network", "propose", "remove", name]);
            assert!(liar.await_that(|own| !own.is_up()), "it was never let go");
        }
        liar
    }

    /// Each writes, and the other comes to show it.
    fn both_write(&self) {
        for (from, to) in [(&self.riverside, &self.hillside), (&self.hillside, &self.riverside)] {
            let word = format!("Said {}", self.edits.fetch_add(1, Ordering::Relaxed));
            let path = format!("/records/{}", self.scene.open);
            let (status, answer) = from.socket().ask("PATCH", &path, &json!({ "set": [["problem", word]] }));
            assert_eq!(status, 200, "{answer}");
            let (mut socket, begin) = (to.socket(), Instant::now());
            while socket.get(&path)["fields"]["problem"] != word.as_str() {
                assert!(begin.elapsed() < PATIENCE, "an edit of {} never arrived", from.name);
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// What an attack cost.
#[derive(Debug)]
pub struct Cost {
    /// How long an edit there and back took at the median, just before.
    pub without: Duration,
    /// The same while the attack went on.
    pub with: Duration,
    /// How often it was played meanwhile.
    pub played: usize,
    /// Bytes that Riverside held more, at most, than at most before.
    pub more_bytes: u64,
}

impl Pair {
    /// Plays an attack over and over, while the two go on writing.
    pub fn measure(&self, attack: &Attack, edits: usize) -> Cost {
        let (begun, over, played) = (AtomicBool::new(false), AtomicBool::new(false), AtomicUsize::new(0));
        let (without, before) = (self.median(edits), self.peak());
        let (with, after) = thread::scope(|scope| {
            let attacker = scope.spawn(|| {
                let mut liar = self.come(attack.who, &format!("{} again", attack.name));
                begun.store(true, Ordering::Relaxed);
                while !over.load(Ordering::Relaxed) {
                    // Whoever only talks would go on talking to somebody who hung up long ago.
                    liar.catch_up();
                    let mouth: &mut dyn Mouth = &mut liar;
                    // A stranger calls in each of its deeds. Who was turned away may not be let in again for a while.
                    if !mouth.is_up() && attack.who != Who::Stranger {
                        mouth.call();
                        if !mouth.is_up() {
                            thread::sleep(BETWEEN);
                            continue;
                        }
                    }
                    // What it got is looked at elsewhere; here only what it costs others.
                    let _ = (attack.deed)(mouth);
                    played.fetch_add(1, Ordering::Relaxed);
                    mouth.lie(None);
                }
            });
            while !begun.load(Ordering::Relaxed) {
                assert!(!attacker.is_finished(), "{} could not begin", attack.name);
                thread::sleep(BETWEEN);
            }
            let seen = (self.median(edits), self.peak());
            over.store(true, Ordering::Relaxed);
            seen
        });
        Cost { without, with, played: played.into_inner(), more_bytes: after.saturating_sub(before) }
    }

    /// From here on the peak of Riverside's memory is counted anew.
    fn forget_peak(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.riverside.pid()), "5").unwrap();
    }

    /// What Riverside held at most since the last time.
    fn peak(&self) -> u64 {
        let most = memory(&self.riverside, "VmHWM:");
        self.forget_peak();
        most
    }

    fn median(&self, edits: usize) -> Duration {
        let took = |_| {
            thread::sleep(BETWEEN / 4);
            let begin = Instant::now();
            self.both_write();
            begin.elapsed()
        };
        let mut times: Vec<Duration> = (0..edits).map(took).collect();
        times.sort();
        times[times.len() / 2]
    }
}

/// A figure of a process's memory, in bytes.
fn memory(node: &Node, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}
