//! What standard queues do at times: duplicates, disorder, and a queue that vanishes for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use autotag_fake_aws::QueueSpec;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

use crate::clients::{Bench, SOON, code};

async fn receive_ten(bench: &Bench) -> Vec<Message> {
    let receive = bench.receive().max_number_of_messages(10).visibility_timeout(600);
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

fn send_numbers(bench: &Bench, count: usize) -> Vec<String> {
    let bodies: Vec<String> = (0..count).map(|n| n.to_string()).collect();
    bodies.iter().for_each(|body| drop(bench.aws.send("events", body)));
    bodies
}

/// Receives and deletes until the queue is empty; returns the bodies in the order of receives.
async fn drain(bench: &Bench) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        let messages = receive_ten(bench).await;
        if messages.is_empty() {
            return bodies;
        }
        for message in messages {
            bodies.push(message.body().unwrap().to_owned());
            bench.delete(&message).await;
        }
    }
}

#[tokio::test]
async fn a_duplicate_has_the_id_of_its_message_and_a_receipt_handle_and_a_count_of_its_own() {
    let bench = Bench::new().await;
    bench.aws.duplicate("events", 1.0, 1);
    send_numbers(&bench, 20);

    let mut deliveries: BTreeMap<String, Vec<Message>> = BTreeMap::new();
    loop {
        let messages = receive_ten(&bench).await;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            bench.delete(&message).await;
            deliveries.entry(message.message_id().unwrap().to_owned()).or_default().push(message);
        }
    }

    assert_eq!((deliveries.len(), bench.aws.copies("events"), bench.aws.counts("events").total()), (20, 20, 0));
    for twice in deliveries.values() {
        let [first, second] = twice.as_slice() else { panic!("{twice:?}") };
        assert_eq!(first.body(), second.body());
        assert_ne!(first.receipt_handle(), second.receipt_handle());
        assert_eq!(first.attributes(), second.attributes(), "each has been received once");
    }
}

#[tokio::test]
async fn a_message_comes_again_while_it_is_in_flight_or_after_it_is_deleted() {
    let bench = Bench::new().await;
    bench.aws.duplicate("events", 1.0, 1);
    send_numbers(&bench, 40);

    let mut first = Vec::new();
    let mut while_in_flight = 0;
    let mut seen = BTreeSet::new();
    loop {
        let messages = receive_ten(&bench).await;
        if messages.is_empty() {
            break;
        }
        for message in messages {
            if seen.insert(message.message_id().unwrap().to_owned()) {
                first.push(message);
            } else {
                while_in_flight += 1;
                bench.delete(&message).await;
            }
        }
    }
    for message in &first {
        bench.delete(message).await;
    }
    let after = drain(&bench).await.len();

    assert_eq!((first.len(), while_in_flight + after), (40, 40));
    assert!(while_in_flight >= 8 && after >= 8, "{while_in_flight} while in flight, {after} after the delete");
    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn which_messages_come_twice_follows_from_the_seed() {
    let twice = async |seed| {
        let bench = Bench::new().await;
        bench.aws.duplicate("events", 0.3, seed);
        send_numbers(&bench, 60);
        let (bodies, mut seen) = (drain(&bench).await, BTreeSet::new());
        let twice: BTreeSet<String> = bodies.into_iter().filter(|body| !seen.insert(body.clone())).collect();
        assert_eq!((seen.len(), twice.len()), (60, bench.aws.copies("events")));
        twice
    };

    let first = twice(1).await;

    assert_eq!(first, twice(1).await);
    assert_ne!(first, twice(2).await);
    assert!((8..=28).contains(&first.len()), "{} of 60", first.len());
}

#[tokio::test]
async fn a_duplicate_alone_makes_no_dead_letter() {
    let bench = Bench::new().await;
    bench.aws.create_queue("dead");
    bench.aws.create_queue_with(QueueSpec::named("events").dead_letters("dead", 1));
    bench.aws.duplicate("events", 1.0, 1);
    send_numbers(&bench, 30);

    let bodies = drain(&bench).await;

    assert_eq!((bodies.len(), bench.aws.counts("dead").total()), (60, 0));
}

#[tokio::test]
async fn messages_come_in_an_order_that_follows_from_the_seed() {
    let order = async |seed| {
        let bench = Bench::new().await;
        let sent = send_numbers(&bench, 30);
        // This includes the messages that are there already.
        bench.aws.reorder("events", seed);
        let received = drain(&bench).await;
        assert_ne!(received, sent);
        let (mut sorted, mut expected) = (received.clone(), sent);
        sorted.sort();
        expected.sort();
        assert_eq!(sorted, expected);
        received
    };

    let first = order(1).await;

    assert_eq!(first, order(1).await);
    assert_ne!(first, order(2).await);
}

#[tokio::test]
async fn in_disorder_a_receive_gives_no_message_twice_in_one_answer() {
    let bench = Bench::new().await;
    bench.aws.reorder("events", 1);
    bench.aws.duplicate("events", 1.0, 1);
    send_numbers(&bench, 5);

    let receive = bench.receive().max_number_of_messages(10).visibility_timeout(0).send().await.unwrap();

    let ids: BTreeSet<&str> = receive.messages().iter().map(|message| message.message_id().unwrap()).collect();
    assert_eq!((ids.len(), receive.messages().len()), (5, 5));
}

#[tokio::test]
async fn a_hidden_queue_is_unknown_to_every_call_and_comes_back_with_its_messages() {
    let bench = Bench::new().await;
    send_numbers(&bench, 3);
    let received = bench.receive_one(600).await;
    let nonexistent = "AWS.SimpleQueueService.NonExistentQueue";

    bench.aws.hide_queue("events");
    let url = &bench.queue_url;
    let receive = bench.receive().send().await;
    let delete = bench.sqs.delete_message().queue_url(url).receipt_handle(received.receipt_handle().unwrap());
    let send = bench.sqs.send_message().queue_url(url).message_body("x").send().await;
    let found = bench.sqs.get_queue_url().queue_name("events").send().await;
    let created = bench.sqs.create_queue().queue_name("events").send().await;
    bench.aws.send("events", "sent by the test meanwhile");

    assert!(receive.as_ref().unwrap_err().as_service_error().unwrap().is_queue_does_not_exist());
    assert_eq!([code(receive), code(delete.send().await), code(send), code(found)], [nonexistent; 4]);
    assert_eq!(code(created), "AWS.SimpleQueueService.QueueDeletedRecently");

    bench.aws.restore_queue("events");
    bench.delete(&received).await;
    assert_eq!(drain(&bench).await, ["1", "2", "sent by the test meanwhile"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_on_a_queue_that_vanishes_fails_at_once() {
    let bench = Bench::new().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests().len() == 1, SOON);

    bench.aws.hide_queue("events");
    let started = Instant::now();

    assert!(poll.await.unwrap().unwrap_err().into_service_error().is_queue_does_not_exist());
    assert!(started.elapsed() < SOON);
}

#[tokio::test]
async fn visibility_timeouts_go_on_while_a_queue_is_hidden() {
    let bench = Bench::new().await;
    bench.aws.create_queue_with(QueueSpec::named("events").visibility_timeout(Duration::from_millis(200)));
    send_numbers(&bench, 1);
    bench.receive().send().await.unwrap();

    bench.aws.hide_queue("events");
    bench.aws.wait_until(|aws| aws.counts("events").visible == 1, SOON);
    bench.aws.restore_queue("events");

    assert_eq!(bench.receive_one(30).await.body(), Some("0"));
}
