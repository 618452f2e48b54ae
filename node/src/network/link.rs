//! One stream with one peer: its reader, its writer, and its end.
//!
//! The link tells its own story on the events channel, so that it is in order: up, then messages, then down, and
//! nothing after. The next link with the same peer is started only after this one is through.
//!
//! Reader and writer are two halves of one task and never wait for each other. The reader waits while enough of what its
//! peer said waits for the receiver of events, which Yamux passes on to the peer; the writer waits for the peer.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    time::{sleep, timeout},
};

use super::{
    Event, NodeKey, Room, Why,
    frames::{self, Decoder},
    limits::{BUFFER, MESSAGE_OVERHEAD, WAITING, WAITING_LEAST},
    packing::{Packer, Unpacker},
};

/// An order to end: after this long, and why. The writer has until then to say its last words.
pub(super) struct Stop {
    pub(super) why: Why,
    pub(super) after: Duration,
}

/// What a link needs to run.
pub(super) struct Link {
    pub(super) peer: NodeKey,
    /// Whether the frames are packed, both ways.
    pub(super) packed: bool,
    /// Dropped by the loop when there is nothing more to say.
    pub(super) messages: mpsc::UnboundedReceiver<Vec<u8>>,
    /// What the queued messages weigh; the loop adds and refuses, the writer takes off.
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) stop: oneshot::Receiver<Stop>,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) stall: Duration,
}

/// What a queued message weighs.
pub(super) fn weight(message: &[u8]) -> usize {
    message.len() + MESSAGE_OVERHEAD
}

impl Link {
    /// Carries messages until somebody ends it.
    pub(super) async fn run(self, up: Event, stream: impl AsyncRead + AsyncWrite) {
        let Self { peer, packed, messages, queued, stop, events, stall } = self;
        if events.send(up).await.is_err() {
            return;
        }
        let why = {
            let (reading, writing) = stream.split();
            let (half, packer) = (Box::pin(writing), packed.then(Packer::new));
            let writer = Writer { peer, half, packer, out: Vec::new(), queued, events: events.clone(), stall };
            let mut stopped = pin!(stopped(stop));
            let mut reading = pin!(read(peer, Box::pin(reading), packed.then(Unpacker::new), &events));
            let written = tokio::select! {
                biased; // The order to stop closes the queue too, and knows better why.
                why = &mut stopped => Err(why),
                written = writer.run(messages) => written,
                why = &mut reading => Err(why),
            };
            match written {
                Err(why) => why,
                // All is said. The peer hangs up when it has heard it; if we did, and it were still talking, the
                // system would answer with a reset and throw away what the peer has not read.
                Ok(()) => tokio::select! { why = stopped => why, _ = reading => Why::Closed },
            }
        };
        // The stream is dropped by now. Nobody listening means that the node is gone, and needs no word of it.
        let _ = events.send(Event::Down { peer, why }).await;
    }
}

async fn stopped(stop: oneshot::Receiver<Stop>) -> Why {
    match stop.await {
        // Even a sleep of nothing would let the writer, whose queue is closed, answer first.
        Ok(Stop { why, after }) if after.is_zero() => why,
        Ok(Stop { why, after }) => {
            sleep(after).await;
            why
        }
        Err(_) => Why::Closed,
    }
}

async fn read(
    peer: NodeKey,
    mut half: impl AsyncRead + Unpin,
    mut unpacker: Option<Unpacker>,
    events: &mpsc::Sender<Event>,
) -> Why {
    let (mut decoder, mut buffer, mut page) = (Decoder::default(), vec![0; BUFFER], vec![]);
    let waiting = Arc::new(Semaphore::new(WAITING));
    loop {
        let mut input = match half.read(&mut buffer).await {
            Ok(0) | Err(_) => return Why::Gone,
            Ok(count) => &buffer[..count],
        };
        loop {
            // A page at a time, however much the bytes unpack to: what a peer makes us hold is a page and a message.
            let mut frames = match &mut unpacker {
                None => std::mem::take(&mut input),
                Some(unpacker) => match unpacker.take(&mut input, &mut page) {
                    Ok(()) => &page[..],
                    Err(broken) => return Why::Broken(broken),
                },
            };
            if frames.is_empty() {
                break;
            }
            while !frames.is_empty() {
                match decoder.take(&mut frames) {
                    Ok(None) => {}
                    Ok(Some(bytes)) => {
                        // The semaphore is never closed, and a message is far shorter than what fits u32.
                        let room = bytes.len().clamp(WAITING_LEAST, WAITING) as u32;
                        let room = Room { _taken: waiting.clone().acquire_many_owned(room).await.ok() };
                        if events.send(Event::Message { peer, bytes, room }).await.is_err() {
                            return Why::Closed;
                        }
                    }
                    Err(broken) => return Why::Broken(broken),
                }
            }
        }
    }
}

struct Writer<W> {
    peer: NodeKey,
    half: W,
    packer: Option<Packer>,
    /// Framed, packed and not yet written: less than [`BUFFER`] and a frame.
    out: Vec<u8>,
    queued: Arc<AtomicUsize>,
    events: mpsc::Sender<Event>,
    stall: Duration,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    /// Writes until the queue is closed and empty. Flushes when it runs dry: a flush for each message costs a factor
    /// of seven.
    async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Vec<u8>>) -> Result<(), Why> {
        while let Some(first) = messages.recv().await {
            let mut next = Some(first);
            while let Some(message) = next {
                self.message(&message).await?;
                next = messages.try_recv().ok();
            }
            self.flush().await?;
        }
        self.in_time(|half, cx| half.poll_close(cx)).await
    }

    async fn message(&mut self, message: &[u8]) -> Result<(), Why> {
        for (header, payload) in frames::split(message) {
            for part in [&header[..], payload] {
                match &mut self.packer {
                    None => self.out.extend_from_slice(part),
                    Some(packer) => packer.pack(part, &mut self.out).map_err(Why::Broken)?,
                }
            }
            if self.out.len() >= BUFFER {
                self.write().await?;
            }
        }
        self.queued.fetch_sub(weight(message), Ordering::Relaxed);
        let sent = Event::Sent { peer: self.peer, bytes: message.len() };
        self.events.send(sent).await.map_err(|_| Why::Closed)
    }

    /// Writes all that is framed. Any progress renews the peer's time.
    async fn write(&mut self) -> Result<(), Why> {
        let mut written = 0;
        while written < self.out.len() {
            match timeout(self.stall, self.half.write(&self.out[written..])).await {
                Ok(Ok(count)) if count > 0 => written += count,
                Ok(_) => return Err(Why::Gone),
                Err(_) => return Err(Why::Stalled),
            }
        }
        self.out.clear();
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), Why> {
        if let Some(packer) = &mut self.packer {
            packer.end_batch(&mut self.out).map_err(Why::Broken)?;
        }
        self.write().await?;
        self.in_time(|half, cx| half.poll_flush(cx)).await
    }

    async fn in_time(
        &mut self,
        mut deed: impl FnMut(Pin<&mut W>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> Result<(), Why> {
        match timeout(self.stall, poll_fn(|cx| deed(Pin::new(&mut self.half), cx))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Why::Gone),
            Err(_) => Err(Why::Stalled),
        }
    }
}
