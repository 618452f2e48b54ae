//! The open web's door: so many visitors at a time, and none for ever. Whoever opens connections and says nothing must
//! not use up the files that the rest of the node needs.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
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
        (Visit { stream, end: Box::pin(sleep(self.visit)), _permit: permit }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection. When its time is up, it reads and writes no more.
#[derive(Debug)]
pub(crate) struct Visit {
    stream: TcpStream,
    end: Pin<Box<Sleep>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Visit {
    /// The stream, as long as there is time.
    fn stream(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        match self.end.as_mut().poll(cx) {
            Poll::Ready(()) => Err(io::ErrorKind::TimedOut.into()),
            Poll::Pending => Ok(Pin::new(&mut self.stream)),
        }
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
        assert!(timeout(Duration::from_secs(5), door.accept()).await.is_ok());
    }
}
