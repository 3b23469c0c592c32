//! `host run` as a process: how soon it is ready, and how much memory it takes when nothing happens.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{DEFAULT_REGION, FakeAws};

use crate::measure::median;

/// How many starts the median is of.
const STARTS: usize = 21;

/// What was measured.
pub struct Service {
    /// From the start of the process to the first 200 of `/readyz`, in milliseconds: the median.
    pub ready_ms: f64,
    /// The same without compiled plugins in the cache.
    pub cold_ready_ms: f64,
    /// Resident memory two seconds later, in MB.
    pub resident_mb: f64,
}

/// Starts the service with the plugins in a folder, again and again. None if it does not become ready.
pub fn measure(plugins: &Path) -> Option<Service> {
    let cache = tempfile::tempdir().ok()?;
    let aws = FakeAws::start();
    aws.create_queue("events");
    let start = |cache: &str| {
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).ok()?;
        let begin = Instant::now();
        let service = Running(
            Command::new(option_env!("CARGO_BIN_EXE_host")?)
                .arg("run")
                // It is ready when the queue, which is empty, has answered once.
                .env("AUTOTAG_QUEUE_URL", aws.queue_url("events"))
                .env("AWS_ENDPOINT_URL", aws.endpoint())
                .env("AUTOTAG_WAIT_SECONDS", "0")
                .env("AUTOTAG_PLUGINS", plugins)
                .env("AUTOTAG_CACHE", cache)
                .env("AUTOTAG_LISTEN", address.to_string())
                .env("AWS_REGION", DEFAULT_REGION)
                .env("AWS_ACCESS_KEY_ID", "test")
                .env("AWS_SECRET_ACCESS_KEY", "test")
                .env("AWS_CONFIG_FILE", "/dev/null")
                .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .ok()?,
        );
        while !is_ready(address) {
            if begin.elapsed() > Duration::from_secs(30) {
                return None;
            }
            thread::sleep(Duration::from_micros(200));
        }
        Some((service, begin.elapsed().as_secs_f64() * 1e3))
    };
    let warm = cache.path().to_str()?;
    start(warm)?;
    let times = |cache: &str| (0..STARTS).map(|_| Some(start(cache)?.1)).collect::<Option<Vec<_>>>().map(median);
    let (ready_ms, cold_ready_ms) = (times(warm)?, times("off")?);
    let (service, _) = start(warm)?;
    thread::sleep(Duration::from_secs(2));
    Some(Service { ready_ms, cold_ready_ms, resident_mb: resident_mb(&service.0)? })
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn is_ready(address: SocketAddr) -> bool {
    let answer = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        write!(connection, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    };
    answer().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

fn resident_mb(service: &Child) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", service.id())).ok()?;
    let kib: f64 = status.lines().find(|line| line.starts_with("VmRSS:"))?.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
