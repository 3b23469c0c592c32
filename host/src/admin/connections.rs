//! The connections of the service's own HTTP server: few at once, and none for long.
//!
//! Each connection takes a descriptor of the host's, which SQS and the plugin folder need too. So a connection is for
//! one request, which must come and be answered within seconds. If there are too many, the oldest is closed for the
//! newest: a new request is answered, however many idle connections there are.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

use autotag_sandbox::exhaustion::Exhaustion;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

/// How many connections there are at most.
const MOST: usize = 32;
/// How long a connection may last, its request and answer included.
const LONGEST: Duration = Duration::from_secs(10);
/// How large the head of a request may be, in bytes.
const MOST_HEAD_BYTES: usize = 16 << 10;
/// How long a connection may last if there is no descriptor for another one.
const LONGEST_IN_WANT: Duration = Duration::from_secs(2);
/// How long to wait after a connection could not be accepted for lack of a resource.
const PAUSE: Duration = Duration::from_millis(100);

/// Accepts and answers connections until the process ends.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let mut open = Open::default();
    // A spare descriptor for a request that comes when no other is left: that is when health and metrics matter most.
    let mut spare = descriptor();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                open.add(tokio::spawn(answer(stream, router.clone())).abort_handle());
                spare = spare.or_else(descriptor);
            }
            // The client has gone already.
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                match Exhaustion::of(&error) {
                    Some(exhaustion) => exhaustion.note("a connection for metrics and health could not be accepted"),
                    None => tracing::error!(%error, "a connection for metrics and health could not be accepted"),
                }
                // A client that waits gets the spare descriptor, or that of a connection that has had its time. Linux
                // reports the same error while no client waits: then the spare is taken back.
                if spare.take().is_some() {
                    if let Ok(Ok((stream, _))) = timeout(PAUSE, listener.accept()).await {
                        open.add(tokio::spawn(answer(stream, router.clone())).abort_handle());
                    }
                } else {
                    open.close_older_than(LONGEST_IN_WANT);
                    sleep(PAUSE).await;
                }
                spare = spare.or_else(descriptor);
            }
        }
    }
}

fn descriptor() -> Option<File> {
    File::open("/dev/null").ok()
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn answer(stream: TcpStream, router: Router) {
    let mut http = http1::Builder::new();
    http.keep_alive(false).max_buf_size(MOST_HEAD_BYTES);
    let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // An error or a timeout here is the client's: it went away, or sent nothing.
    let _ = timeout(LONGEST, connection).await;
}

/// The open connections, the oldest first, each with when it was accepted.
#[derive(Debug, Default)]
struct Open(VecDeque<(Instant, AbortHandle)>);

impl Open {
    fn add(&mut self, connection: AbortHandle) {
        self.forget_ended();
        while self.0.len() >= MOST {
            self.close_oldest();
        }
        self.0.push_back((Instant::now(), connection));
    }

    fn close_older_than(&mut self, age: Duration) {
        self.forget_ended();
        while self.0.front().is_some_and(|(since, _)| since.elapsed() > age) {
            self.close_oldest();
        }
    }

    fn close_oldest(&mut self) {
        if let Some((_, oldest)) = self.0.pop_front() {
            oldest.abort();
        }
    }

    fn forget_ended(&mut self) {
        self.0.retain(|(_, connection)| !connection.is_finished());
    }
}
