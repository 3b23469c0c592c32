//! Receiving: long polls, visibility timeouts, receive counts, dead-letter queues.

use std::time::{Duration, Instant};

use autotag_fake_aws::{Outcome, QueueSpec};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};

use crate::clients::{Bench, SOON, code};

fn attribute(message: &Message, name: MessageSystemAttributeName) -> Option<&str> {
    message.attributes()?.get(&name).map(String::as_str)
}

#[tokio::test]
async fn a_receive_without_a_wait_answers_at_once() {
    let bench = Bench::new().await;
    let started = Instant::now();
    let answer = bench.receive().send().await.unwrap();
    assert!(answer.messages.is_none());
    assert!(started.elapsed() < SOON);
}

#[tokio::test]
async fn a_long_poll_waits_its_whole_time_for_nothing() {
    let bench = Bench::new().await;
    let started = Instant::now();
    let answer = bench.receive().wait_time_seconds(1).send().await.unwrap();
    assert!(answer.messages().is_empty());
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_ends_at_once_when_a_message_arrives() {
    let bench = Bench::new().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests_of("ReceiveMessage").len() == 1, SOON);

    bench.aws.send("events", "body");
    let started = Instant::now();
    let answer = poll.await.unwrap().unwrap();

    assert_eq!(answer.messages().len(), 1);
    assert!(started.elapsed() < SOON);
}

#[tokio::test]
async fn a_long_poll_ends_at_once_when_a_visibility_timeout_ends() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let started = Instant::now();
    bench.receive_one(1).await;

    let answer = bench.receive().wait_time_seconds(20).send().await.unwrap();

    assert_eq!(answer.messages().len(), 1);
    assert!((Duration::from_secs(1)..SOON).contains(&started.elapsed()), "after {:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_ends_at_once_when_a_message_is_released() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let held = bench.receive_one(600).await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests_of("ReceiveMessage").len() == 2, SOON);

    let release = bench.sqs.change_message_visibility().queue_url(&bench.queue_url);
    release.receipt_handle(held.receipt_handle().unwrap()).visibility_timeout(0).send().await.unwrap();
    let started = Instant::now();

    assert_eq!(poll.await.unwrap().unwrap().messages().len(), 1);
    assert!(started.elapsed() < SOON);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_ends_one_of_two_long_polls() {
    let bench = Bench::new().await;
    let polls = [1, 2].map(|_| tokio::spawn(bench.receive().wait_time_seconds(1).send()));
    bench.aws.wait_until(|aws| aws.requests_of("ReceiveMessage").len() == 2, SOON);

    bench.aws.send("events", "body");
    let mut received = 0;
    for poll in polls {
        received += poll.await.unwrap().unwrap().messages().len();
    }

    assert_eq!(received, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_poll_whose_client_has_gone_takes_no_message() {
    let bench = Bench::new().await;
    let poll = tokio::spawn(bench.receive().wait_time_seconds(20).send());
    bench.aws.wait_until(|aws| aws.requests_of("ReceiveMessage").len() == 1, SOON);

    poll.abort();
    bench.aws.wait_until(|aws| aws.requests()[0].outcome == Outcome::ClientGone, SOON);
    bench.aws.send("events", "body");

    assert_eq!(bench.aws.counts("events").visible, 1);
}

#[tokio::test]
async fn a_receive_gives_as_many_messages_as_asked_for_and_one_by_default() {
    let bench = Bench::new().await;
    for n in 0..12 {
        bench.aws.send("events", &n.to_string());
    }

    let one = bench.receive().send().await.unwrap();
    let ten = bench.receive().max_number_of_messages(10).send().await.unwrap();

    assert_eq!((one.messages().len(), ten.messages().len()), (1, 10));
    let counts = bench.aws.counts("events");
    assert_eq!((counts.visible, counts.in_flight), (1, 11));
}

#[tokio::test]
async fn parameters_out_of_range_are_refused() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let refused = "InvalidParameterValue";

    assert_eq!(code(bench.receive().max_number_of_messages(11).send().await), refused);
    assert_eq!(code(bench.receive().max_number_of_messages(0).send().await), refused);
    assert_eq!(code(bench.receive().wait_time_seconds(21).send().await), refused);
    assert_eq!(code(bench.receive().wait_time_seconds(-1).send().await), refused);
    assert_eq!(code(bench.receive().visibility_timeout(43_201).send().await), refused);
    assert_eq!(bench.aws.counts("events").visible, 1);
}

#[tokio::test]
async fn the_queues_own_visibility_timeout_holds_unless_a_receive_says_otherwise() {
    let bench = Bench::new().await;
    bench.aws.create_queue_with(QueueSpec::named("events").visibility_timeout(Duration::from_millis(200)));
    bench.aws.send("events", "short");
    bench.receive().send().await.unwrap();
    bench.aws.wait_until(|aws| aws.counts("events").visible == 1, SOON);

    bench.receive_one(30).await;
    let again = bench.receive().wait_time_seconds(1).send().await.unwrap();

    assert!(again.messages().is_empty());
}

#[tokio::test]
async fn a_message_counts_its_receives_and_keeps_its_times() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let receive = || {
        let receive = bench.receive().visibility_timeout(0);
        receive.message_system_attribute_names(MessageSystemAttributeName::All).send()
    };

    let first = receive().await.unwrap().messages()[0].clone();
    let second = receive().await.unwrap().messages()[0].clone();

    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    assert_eq!((attribute(&first, count.clone()), attribute(&second, count)), (Some("1"), Some("2")));
    for time in
        [MessageSystemAttributeName::SentTimestamp, MessageSystemAttributeName::ApproximateFirstReceiveTimestamp]
    {
        let milliseconds: u64 = attribute(&first, time.clone()).unwrap().parse().unwrap();
        assert!(milliseconds > 1_600_000_000_000);
        assert_eq!(attribute(&first, time.clone()), attribute(&second, time));
    }
}

#[tokio::test]
async fn only_the_attributes_that_are_asked_for_come() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let sent = MessageSystemAttributeName::SentTimestamp;

    let none = bench.receive_one(0).await;
    let one = bench.receive().message_system_attribute_names(sent.clone()).send().await.unwrap();

    assert!(none.attributes().is_none());
    assert_eq!(one.messages()[0].attributes().unwrap().keys().collect::<Vec<_>>(), [&sent]);
}

#[tokio::test]
async fn a_message_moves_to_the_dead_letter_queue_at_the_receive_after_its_last() {
    let bench = Bench::new().await;
    bench.aws.create_queue("dead");
    bench.aws.create_queue_with(QueueSpec::named("events").dead_letters("dead", 2));
    bench.aws.send("events", "poison");
    let sent = bench.aws.messages("events")[0].sent;

    bench.receive_one(0).await;
    bench.receive_one(0).await;
    let before = bench.aws.counts("dead").total();
    let third = bench.receive().send().await.unwrap();

    assert_eq!(before, 0);
    assert!(third.messages().is_empty());
    assert_eq!(bench.aws.counts("events").total(), 0);
    assert_eq!(bench.aws.bodies("dead"), ["poison"]);
    assert_eq!(bench.aws.messages("dead")[0].sent, sent);
}

#[tokio::test]
async fn a_dead_letter_does_not_keep_a_receive_from_the_messages_behind_it() {
    let bench = Bench::new().await;
    bench.aws.create_queue("dead");
    bench.aws.create_queue_with(QueueSpec::named("events").dead_letters("dead", 1));
    bench.aws.send("events", "poison");
    bench.receive_one(0).await;
    bench.aws.send("events", "good");

    assert_eq!(bench.receive_one(30).await.body(), Some("good"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_wakes_a_long_poll_on_the_dead_letter_queue() {
    let bench = Bench::new().await;
    let dead = bench.aws.create_queue("dead");
    bench.aws.create_queue_with(QueueSpec::named("events").dead_letters("dead", 1));
    bench.aws.send("events", "poison");
    let all = MessageSystemAttributeName::All;
    let poll = bench.sqs.receive_message().queue_url(dead).wait_time_seconds(20);
    let poll = tokio::spawn(poll.message_system_attribute_names(all).send());
    bench.aws.wait_until(|aws| aws.requests_of("ReceiveMessage").len() == 1, SOON);

    bench.receive_one(0).await;
    bench.receive().send().await.unwrap();

    let answer = poll.await.unwrap().unwrap();
    let source = attribute(&answer.messages()[0], MessageSystemAttributeName::DeadLetterQueueSourceArn);
    assert_eq!(source, Some("arn:aws:sqs:us-east-1:111122223333:events"));
}

#[tokio::test]
async fn an_unknown_queue_is_the_sdks_typed_error() {
    let bench = Bench::new().await;
    let unknown = bench.aws.queue_url("unknown");

    let receive = bench.sqs.receive_message().queue_url(&unknown).send().await.unwrap_err().into_service_error();
    let url = bench.sqs.get_queue_url().queue_name("unknown").send().await.unwrap_err().into_service_error();

    assert!(receive.is_queue_does_not_exist());
    assert!(url.is_queue_does_not_exist());
}

#[tokio::test]
async fn the_attributes_of_a_queue_tell_its_counts_its_arn_and_its_redrive_policy() {
    let bench = Bench::new().await;
    let dead = bench.sqs.create_queue().queue_name("dead").send().await.unwrap();
    let attributes = async |url: &str| {
        let get = bench.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
        get.send().await.unwrap().attributes.unwrap()
    };
    let dead_arn = attributes(dead.queue_url().unwrap()).await[&QueueAttributeName::QueueArn].clone();
    let policy = format!("{{\"deadLetterTargetArn\":\"{dead_arn}\",\"maxReceiveCount\":\"3\"}}");
    let create = bench.sqs.create_queue().queue_name("made").attributes(QueueAttributeName::RedrivePolicy, policy);
    let made = create.attributes(QueueAttributeName::VisibilityTimeout, "45").send().await.unwrap();
    let url = made.queue_url().unwrap();
    for body in ["a", "b", "c"] {
        bench.aws.send("made", body);
    }
    bench.sqs.receive_message().queue_url(url).send().await.unwrap();

    let found = attributes(url).await;

    assert_eq!(found[&QueueAttributeName::ApproximateNumberOfMessages], "2");
    assert_eq!(found[&QueueAttributeName::ApproximateNumberOfMessagesNotVisible], "1");
    assert_eq!(found[&QueueAttributeName::VisibilityTimeout], "45");
    assert_eq!(found[&QueueAttributeName::QueueArn], "arn:aws:sqs:us-east-1:111122223333:made");
    let redrive = &found[&QueueAttributeName::RedrivePolicy];
    assert!(redrive.contains(&dead_arn) && redrive.contains("\"maxReceiveCount\":3"), "{redrive}");
}

#[tokio::test]
async fn a_queue_can_be_created_again_only_as_it_is() {
    let bench = Bench::new().await;
    let create = |seconds: &str| {
        let create = bench.sqs.create_queue().queue_name("made");
        create.attributes(QueueAttributeName::VisibilityTimeout, seconds).send()
    };

    let first = create("45").await.unwrap();
    let same = create("45").await.unwrap();
    let other = create("46").await.unwrap_err().into_service_error();
    let found = bench.sqs.get_queue_url().queue_name("made").send().await.unwrap();

    assert_eq!(first.queue_url(), same.queue_url());
    assert_eq!(first.queue_url(), found.queue_url());
    assert_eq!(first.queue_url(), Some(bench.aws.queue_url("made").as_str()));
    assert!(other.is_queue_name_exists());
}
