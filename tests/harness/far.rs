//! A line between two machines that takes its time: what is said on one side arrives on the other so much later, whole
//! and in order. Loopback hides how many times two nodes have to wait for each other.
//!
//! Nodes at its ends listen on the loopback of their own machine, and tell each other so. On each machine the line
//! stands at the other's port, where the other node would be.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use crate::wire::{Host, Wire};

/// The line.
#[derive(Debug)]
pub struct Far {
    laid: Arc<Laid>,
}

#[derive(Debug, Default)]
struct Laid {
    each_way: Duration,
    bytes: AtomicU64,
    dialed: Mutex<Option<Instant>>,
    cut: AtomicBool,
}

impl Far {
    /// Lays a line between the nodes that listen on the loopback of these two machines, at these ports.
    pub fn lay(wire: &Wire, ports: [u16; 2], each_way: Duration) -> Far {
        let laid = Arc::new(Laid { each_way, ..Laid::default() });
        let hosts = wire.hosts();
        for (here, there) in [(0, 1), (1, 0)] {
            let (there_host, port) = (hosts[there].clone(), ports[there]);
            let listener = hosts[here].within(move || TcpListener::bind(("127.0.0.1", port))).unwrap();
            listener.set_nonblocking(true).unwrap();
            let laid = laid.clone();
            thread::spawn(move || carry_all(&listener, &there_host, port, &laid));
        }
        Far { laid }
    }

    /// Bytes that went over it so far, both ways.
    pub fn bytes(&self) -> u64 {
        self.laid.bytes.load(Relaxed)
    }

    /// When somebody dialed first, since this was asked last.
    pub fn dialed(&self) -> Option<Instant> {
        self.laid.dialed.lock().unwrap().take()
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.laid.cut.store(true, Relaxed);
    }
}

fn carry_all(listener: &TcpListener, there: &Host, port: u16, laid: &Arc<Laid>) {
    while !laid.cut.load(Relaxed) {
        let Ok((near, _)) = listener.accept() else {
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        laid.dialed.lock().unwrap().get_or_insert_with(Instant::now);
        // Nobody may be there.
        let Ok(far) = there.within(move || TcpStream::connect(("127.0.0.1", port))) else { continue };
        near.set_nonblocking(false).unwrap();
        // A connection over such a line stands once a word has gone there and back.
        let stands = Instant::now() + 2 * laid.each_way;
        for (from, to) in [(&near, &far), (&far, &near)] {
            from.set_nodelay(true).unwrap();
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let (tell, told) = mpsc::channel();
            let laid = laid.clone();
            thread::spawn(move || hear(from, &tell, stands, &laid));
            thread::spawn(move || say(to, &told));
        }
    }
}

/// Takes what is said, and notes when it is to arrive.
fn hear(mut from: TcpStream, tell: &Sender<(Instant, Vec<u8>)>, stands: Instant, laid: &Laid) {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0);
        laid.bytes.fetch_add(count as u64, Relaxed);
        let arrives = Instant::now().max(stands - laid.each_way) + laid.each_way;
        if tell.send((arrives, buffer[..count].to_vec())).is_err() || count == 0 {
            return;
        }
    }
}

/// Says it when its time has come. Nothing more to say is told as well.
fn say(mut to: TcpStream, told: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((arrives, bytes)) = told.recv() {
        thread::sleep(arrives.saturating_duration_since(Instant::now()));
        if bytes.is_empty() || to.write_all(&bytes).is_err() {
            break;
        }
    }
    // It may have hung up already.
    let _ = to.shutdown(Shutdown::Write);
}
