//! How many requests per second the fake answers, which bounds what can be measured with it:
//!
//! ```sh
//! cargo test --release --test fake_aws -- --ignored --nocapture flood
//! ```

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use autotag_fake_aws::{FakeAws, Volume};

const CLIENTS: usize = 2;
const MESSAGES: usize = 50_000;
const BODY_BYTES: usize = 5_000;
const VOLUMES: usize = 60_000;
const TAGGED_AT_ONCE: usize = 3;

/// A connection that stays open, with as little around it as possible: the fake is what is measured.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn new(aws: &FakeAws) -> Self {
        let stream = TcpStream::connect(aws.address()).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::with_capacity(256 * 1024, stream) }
    }

    /// The body of the answer to a request to this service.
    fn call(&mut self, service: &str, headers: &str, body: &str) -> String {
        let credential = format!("Credential=AKID/20300101/us-east-1/{service}/aws4_request");
        let request = format!(
            "POST / HTTP/1.1\r\nhost: fake\r\nauthorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, \
             Signature=0\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            self.stream.read_line(&mut line).unwrap();
            if line == "\r\n" {
                break;
            }
            assert!(!line.starts_with("HTTP/") || line.contains(" 200 "), "{line}");
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    fn sqs(&mut self, action: &str, body: &str) -> String {
        let headers = format!("x-amz-target: AmazonSQS.{action}\r\ncontent-type: application/x-amz-json-1.0\r\n");
        self.call("sqs", &headers, body)
    }
}

/// Receives and deletes ten at a time until the queue is empty; returns how many messages there were.
fn drain(aws: &FakeAws, url: &str) -> usize {
    let mut connection = Connection::new(aws);
    let receive = format!("{{\"QueueUrl\":\"{url}\",\"MaxNumberOfMessages\":10,\"AttributeNames\":[\"All\"]}}");
    let mut received = 0;
    loop {
        let answer = connection.sqs("ReceiveMessage", &receive);
        let handles = answer.split("\"ReceiptHandle\":\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        let entries =
            handles.enumerate().map(|(n, handle)| format!("{{\"Id\":\"{n}\",\"ReceiptHandle\":\"{handle}\"}}"));
        let entries: Vec<String> = entries.collect();
        if entries.is_empty() {
            return received;
        }
        received += entries.len();
        let delete = format!("{{\"QueueUrl\":\"{url}\",\"Entries\":[{}]}}", entries.join(","));
        assert!(!connection.sqs("DeleteMessageBatch", &delete).contains("Failed"));
    }
}

/// Tags several volumes per request.
fn tag(aws: &FakeAws, volumes: impl Iterator<Item = usize>) {
    let mut connection = Connection::new(aws);
    let ids: Vec<String> = volumes.map(volume).collect();
    for ids in ids.chunks(TAGGED_AT_ONCE) {
        let mut form = "Action=CreateTags&Version=2016-11-15&Tag.1.Key=Owner&Tag.1.Value=bob".to_owned();
        for (n, id) in ids.iter().enumerate() {
            write!(form, "&ResourceId.{}={id}", n + 1).unwrap();
        }
        connection.call("ec2", "content-type: application/x-www-form-urlencoded\r\n", &form);
    }
}

fn volume(n: usize) -> String {
    format!("vol-{n:08x}")
}

/// Runs `work` on each client's thread, and prints how many requests per second it has made.
fn measure(aws: &FakeAws, what: &str, actions: &[&str], work: impl Fn(usize) + Sync) {
    let (work, started) = (&work, Instant::now());
    thread::scope(|scope| (0..CLIENTS).for_each(|client| drop(scope.spawn(move || work(client)))));
    let (elapsed, requests) = (started.elapsed(), actions.iter().map(|action| aws.count_of(action)).sum::<usize>());
    eprintln!(
        "{what}: {requests} requests in {elapsed:.2?}, {:.0} requests/s",
        requests as f64 / elapsed.as_secs_f64()
    );
}

#[test]
#[ignore = "a measurement"]
fn flood() {
    let aws = FakeAws::start_quiet();
    let url = aws.create_queue("events");
    let field = "{\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"RunInstances\"},";
    let body: String = field.chars().cycle().take(BODY_BYTES).collect();
    (0..MESSAGES).for_each(|_| drop(aws.send("events", &body)));
    (0..VOLUMES).for_each(|n| aws.put_volume(Volume::new(&volume(n))));

    measure(&aws, "ReceiveMessage and DeleteMessageBatch of ten", &["ReceiveMessage", "DeleteMessageBatch"], |_| {
        drain(&aws, &url);
    });
    measure(&aws, "CreateTags of three", &["CreateTags"], |client| tag(&aws, (client..VOLUMES).step_by(CLIENTS)));

    assert_eq!(aws.counts("events").total(), 0);
    assert!(aws.tags_of_all().values().all(|tags| tags["Owner"] == "bob"));
    // A test that waits for an end does not slow the fake down.
    (0..MESSAGES / 5).for_each(|_| drop(aws.send("events", &body)));
    thread::scope(|scope| {
        scope.spawn(|| aws.wait_until(|aws| aws.counts("events").total() == 0, Duration::from_secs(120)));
        let before = aws.count_of("ReceiveMessage") + aws.count_of("DeleteMessageBatch");
        let started = Instant::now();
        drain(&aws, &url);
        let requests = aws.count_of("ReceiveMessage") + aws.count_of("DeleteMessageBatch") - before;
        eprintln!(
            "one client, while another one waits: {:.0} requests/s",
            requests as f64 / started.elapsed().as_secs_f64()
        );
    });
}
