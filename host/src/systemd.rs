//! What the service tells the service manager that started it as `Type=notify`: when it is ready, what it does, when it
//! stops, and, for a watchdog, that it still receives.
//!
//! It is **ready** when the queue has answered for the first time. A wrong queue, a missing permission or a wrong
//! Region then fails `systemctl start`, whose status says what the queue said, instead of a unit that is green and
//! tags nothing.
//!
//! The **watchdog** is fed as long as receives end in time, as [`Heartbeat`] defines it. The task that feeds it is on
//! the runtime that receives, so a runtime that hangs does not feed it either.

use std::time::Duration;

use autotag_aws::metrics::ServiceMetrics;
use autotag_aws::queue::heartbeat::Heartbeat;
use autotag_core::text::one_line;
use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// How often the status is sent.
const STATUS_INTERVAL: Duration = Duration::from_secs(5);
/// How often to look whether the queue has answered for the first time.
const READY_POLL: Duration = Duration::from_millis(100);
/// How often the watchdog is fed within its timeout.
const PINGS: u32 = 3;
/// The most that the status says of a failure, in bytes.
const MAX_FAILURE_BYTES: usize = 500;

/// Notifies the service manager of the service's state.
#[derive(Debug)]
pub struct SystemdNotifier {
    /// Tells whether receives end.
    pub heartbeat: Heartbeat,
    /// The service's metrics: whether the queue has answered, and what the status says.
    pub metrics: ServiceMetrics,
    /// Cancelled when the service is to stop.
    pub stopping: CancellationToken,
    /// The most messages in flight: at this many, the host stops receiving (backpressure).
    pub max_in_flight: usize,
}

impl SystemdNotifier {
    /// Starts to notify, until the handle is dropped; none if no service manager has set `NOTIFY_SOCKET`.
    #[must_use]
    pub fn start(self) -> Option<AbortOnDropHandle<()>> {
        std::env::var_os("NOTIFY_SOCKET")?;
        let watchdog = sd_notify::watchdog_enabled().filter(|watchdog| !watchdog.is_zero());
        Some(AbortOnDropHandle::new(tokio::spawn(self.notify(watchdog))))
    }

    async fn notify(self, watchdog: Option<Duration>) {
        let every = watchdog.map_or(STATUS_INTERVAL, |watchdog| STATUS_INTERVAL.min(watchdog / PINGS));
        let (mut is_ready, mut is_stopping, mut was_alive) = (false, false, true);
        loop {
            if self.is_full() {
                self.heartbeat.had_no_room();
            }
            let mut states = Vec::new();
            if !is_ready && self.metrics.since_polled().is_some() {
                is_ready = true;
                states.push(NotifyState::Ready);
            }
            if !is_stopping && self.stopping.is_cancelled() {
                is_stopping = true;
                states.push(NotifyState::Stopping);
            }
            // The drain has a bound of its own.
            let is_alive = is_stopping || self.heartbeat.is_alive();
            if was_alive && !is_alive {
                tracing::error!(
                    "no receive has ended for too long, though there was room for messages; until one does, the \
                     service manager's watchdog is not fed, and restarts the host"
                );
            }
            was_alive = is_alive;
            if watchdog.is_some() && is_alive {
                states.push(NotifyState::Watchdog);
            }
            let status = self.status(is_stopping);
            states.push(NotifyState::Status(&status));
            if let Err(error) = sd_notify::notify(&states) {
                tracing::debug!(%error, "cannot tell the service manager");
            }
            let pause = if is_ready { every } else { READY_POLL.min(every) };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stopping.cancelled(), if !is_stopping => {}
            }
        }
    }

    /// Whether as many messages are in flight as the host takes.
    fn is_full(&self) -> bool {
        usize::try_from(self.metrics.messages_in_flight()).is_ok_and(|messages| messages >= self.max_in_flight)
    }

    fn status(&self, is_stopping: bool) -> String {
        let status = self.metrics.summary();
        if is_stopping {
            return format!("draining · {status}");
        }
        match self.heartbeat.failure() {
            Some(failure) => format!("{status} · {}", one_line(&failure, MAX_FAILURE_BYTES)),
            None => status,
        }
    }
}
