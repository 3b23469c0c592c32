//! The notifications that a service manager gets from a service that it has started: a real socket, like systemd's.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The socket of a service manager.
#[derive(Debug)]
pub struct NotifySocket {
    socket: UnixDatagram,
    folder: TempDir,
}

/// A notification, such as `READY=1`, and when it arrived.
pub type Told = (Instant, String);

impl NotifySocket {
    /// Opens a socket in a temporary folder.
    #[must_use]
    pub fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        Self { socket, folder }
    }

    /// The value of `NOTIFY_SOCKET`.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("notify")
    }

    /// All notifications up to the one that is waited for, which is the last.
    ///
    /// # Panics
    ///
    /// If it does not arrive within `timeout`.
    #[track_caller]
    pub fn until(&self, waited_for: impl Fn(&str) -> bool, timeout: Duration) -> Vec<Told> {
        let begin = Instant::now();
        let mut told = Vec::new();
        while begin.elapsed() < timeout {
            for line in self.next(timeout.saturating_sub(begin.elapsed())) {
                told.push((Instant::now(), line));
                if told.last().is_some_and(|(_, line)| waited_for(line)) {
                    return told;
                }
            }
        }
        panic!("what is waited for is never told: {told:#?}");
    }

    /// All notifications that arrive in this time.
    #[must_use]
    pub fn during(&self, time: Duration) -> Vec<Told> {
        let begin = Instant::now();
        let mut told = Vec::new();
        while begin.elapsed() < time {
            let lines = self.next(time.saturating_sub(begin.elapsed()));
            told.extend(lines.into_iter().map(|line| (Instant::now(), line)));
        }
        told
    }

    /// The lines of the next message; empty if none arrives in this time.
    fn next(&self, time: Duration) -> Vec<String> {
        self.socket.set_read_timeout(Some(time.max(Duration::from_millis(1)))).unwrap();
        let mut message = vec![0; 65_536];
        match self.socket.recv(&mut message) {
            Ok(length) => String::from_utf8_lossy(&message[..length]).lines().map(ToOwned::to_owned).collect(),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Vec::new(),
            Err(error) => panic!("{error}"),
        }
    }
}
