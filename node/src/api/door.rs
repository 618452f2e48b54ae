//! The open web's door: so many visitors at a time, and none for ever. Whoever opens connections and says nothing must
//! not use up the files that the rest of the node needs.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};

use crate::config::{VISIT_MS, VISITORS};

/// A listener that lets in a few at a time; the others wait outside.
#[derive(Debug)]
pub(crate) struct Door {
    listener: TcpListener,
    room: Arc<Semaphore>,
    visit: Duration,
}

impl Door {
    pub(crate) fn new(listener: TcpListener) -> Door {
        Door { listener, room: Arc::new(Semaphore::new(VISITORS)), visit: Duration::from_millis(VISIT_MS) }
    }
}

impl Listener for Door {
    type Io = Visit;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Visit, SocketAddr) {
        // The semaphore is never closed.
        let permit = self.room.clone().acquire_owned().await.ok();
        let (stream, from) = Listener::accept(&mut self.listener).await;
        (Visit { stream, end: Box::pin(sleep(self.visit)), stay: Stay::default(), _permit: permit }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A visit's leave to stay longer: who listens is not done when others are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stay(Arc<AtomicU64>);

impl Stay {
    /// So much longer, once the usual time is up.
    pub(crate) fn longer(&self, ms: u64) {
        self.0.fetch_max(ms, Relaxed);
    }
}

/// One connection. When its time is up, it reads and writes no more.
#[derive(Debug)]
pub(crate) struct Visit {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    stay: Stay,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Visit {
    /// The stream, as long as there is time.
    fn stream(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        while self.end.as_mut().poll(cx).is_ready() {
            match self.stay.0.swap(0, Relaxed) {
                0 => return Err(io::ErrorKind::TimedOut.into()),
                longer => self.end = Box::pin(sleep(Duration::from_millis(longer))),
            }
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl Visit {
    /// The leave of this visit, for whoever may extend it.
    pub(crate) fn stay(&self) -> Stay {
        self.stay.clone()
    }
}

impl AsyncRead for Visit {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_read(cx, into)
    }
}

impl AsyncWrite for Visit {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.stream(cx)?.poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream(cx)?.poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncReadExt, time::timeout};

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_makes_room_for_the_next() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let mut door = Door { listener, room: Arc::new(Semaphore::new(1)), visit: Duration::from_millis(50) };
        let _silent = TcpStream::connect(at).await.unwrap();
        let _next = TcpStream::connect(at).await.unwrap();
        let (mut first, _) = door.accept().await;
        assert!(timeout(Duration::from_millis(10), door.accept()).await.is_err());
        assert_eq!(first.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(first);
        let (mut second, _) = timeout(Duration::from_secs(5), door.accept()).await.unwrap();
        // Who listens may stay longer, and not for ever either.
        second.stay.longer(100);
        assert!(timeout(Duration::from_millis(80), second.read_u8()).await.is_err());
        assert_eq!(second.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
