//! A client that connects and sends no request does not keep other clients from being answered.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use autotag_fake_aws::FakeAws;
use autotag_tests::host::{RunningService, Service};

const LONG: Duration = Duration::from_secs(20);

/// A ready service, and how many file descriptors it has open.
fn ready(aws: &FakeAws) -> (RunningService, usize) {
    aws.create_queue("events");
    let service = Service::new(aws, "events").listening().start();
    service.wait_until(|says| says["ready"] == true);
    let descriptors = service.open_descriptors();
    (service, descriptors)
}

/// Sends a request whose head never ends.
fn unfinished(service: &RunningService) -> TcpStream {
    let mut connection = service.connect();
    connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: host\r\n").unwrap();
    connection.set_read_timeout(Some(LONG)).unwrap();
    connection
}

#[test]
fn many_unfinished_requests_use_up_few_descriptors_and_hold_up_no_other_request() {
    let aws = FakeAws::start();
    let (service, before) = ready(&aws);
    let unfinished: Vec<_> = (0..200).map(|_| unfinished(&service)).collect();
    assert_eq!(service.get("/readyz").0, 200);
    assert_eq!(service.get("/metrics").0, 200);
    assert!(service.open_descriptors() < before + 50, "{} after {before}", service.open_descriptors());
    drop(unfinished);
    assert_eq!(service.stop().0, 0);
}

#[test]
fn what_is_not_asked_within_seconds_is_not_waited_for() {
    let aws = FakeAws::start();
    let (service, _) = ready(&aws);
    let silent = service.connect();
    silent.set_read_timeout(Some(LONG)).unwrap();
    for mut connection in [unfinished(&service), silent] {
        // An answer or none, and then the end of the connection.
        let end = connection.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
        assert!(!matches!(end, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "it is still open");
    }
}

#[test]
fn a_host_without_a_descriptor_has_kept_one_for_the_next_client() {
    let aws = FakeAws::start();
    let (service, _) = ready(&aws);
    service.with_descriptors_up_to("/dev/null", || {
        for _ in 0..3 {
            assert_eq!(service.get("/livez").0, 200);
        }
    });
    assert_eq!(service.stop().0, 0);
}

#[test]
fn a_connection_is_closed_when_its_request_is_answered() {
    let aws = FakeAws::start();
    let (service, _) = ready(&aws);
    let mut connection = service.connect();
    connection.set_read_timeout(Some(LONG)).unwrap();
    connection.write_all(b"GET /livez HTTP/1.1\r\nHost: host\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("connection: close"), "{answer}");
}
