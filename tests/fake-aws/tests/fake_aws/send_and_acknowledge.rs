//! Sending, deleting, changing visibility.

use std::time::Duration;

use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, SendMessageBatchRequestEntry,
};

use crate::clients::{Bench, SOON, code};

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

#[tokio::test]
async fn a_sent_message_comes_back_with_its_body_and_the_right_md5() {
    let bench = Bench::new().await;
    let body = "grüße \u{1f600} <&>\"\\ \n\t";

    let sent = bench.sqs.send_message().queue_url(&bench.queue_url).message_body(body).send().await.unwrap();
    let received = bench.receive_one(30).await;

    assert_eq!(received.body(), Some(body));
    assert_eq!(received.message_id(), sent.message_id());
    let md5 = "781e85b1e0d2aaca9a5d4ac8330c53d7";
    assert_eq!((sent.md5_of_message_body(), received.md5_of_body()), (Some(md5), Some(md5)));
}

#[tokio::test]
async fn a_message_may_be_one_mebibyte_long_and_not_a_byte_longer() {
    let bench = Bench::new().await;
    let send = |length| bench.sqs.send_message().queue_url(&bench.queue_url).message_body("x".repeat(length)).send();

    send(1024 * 1024).await.unwrap();
    assert_eq!(code(send(1024 * 1024 + 1).await), "InvalidParameterValue");

    assert_eq!(bench.receive_one(30).await.body().map(str::len), Some(1024 * 1024));
}

#[tokio::test]
async fn a_message_with_a_control_character_is_refused() {
    let bench = Bench::new().await;
    let result = bench.sqs.send_message().queue_url(&bench.queue_url).message_body("\u{1}").send().await;
    assert!(result.unwrap_err().into_service_error().is_invalid_message_contents());
}

#[tokio::test]
async fn a_batch_sends_the_good_entries_and_reports_the_bad_ones() {
    let bench = Bench::new().await;
    let batch = bench.sqs.send_message_batch().queue_url(&bench.queue_url);

    let answer = batch.entries(entry("good", "body")).entries(entry("bad", "\u{1}")).send().await.unwrap();

    assert_eq!(answer.successful()[0].id(), "good");
    assert_eq!((answer.failed()[0].id(), answer.failed()[0].code()), ("bad", "InvalidMessageContents"));
    assert_eq!(bench.aws.bodies("events"), ["body"]);
}

#[tokio::test]
async fn a_batch_fails_as_a_whole_if_it_is_empty_too_long_or_repeats_an_id() {
    let bench = Bench::new().await;
    let send =
        |entries: Vec<_>| bench.sqs.send_message_batch().queue_url(&bench.queue_url).set_entries(Some(entries)).send();

    let empty = send(vec![]).await.unwrap_err().into_service_error();
    let long = send((0..11).map(|n| entry(&n.to_string(), "body")).collect()).await.unwrap_err().into_service_error();
    let repeated = send(vec![entry("a", "x"), entry("a", "y")]).await.unwrap_err().into_service_error();
    let half = "x".repeat(600_000);
    let large = send(vec![entry("a", &half), entry("b", &half)]).await.unwrap_err().into_service_error();

    assert!(empty.is_empty_batch_request());
    assert!(long.is_too_many_entries_in_batch_request());
    assert!(repeated.is_batch_entry_ids_not_distinct());
    assert!(large.is_batch_request_too_long());
    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn a_delete_with_the_latest_receipt_handle_deletes() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;

    bench.delete(&received).await;

    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn a_delete_with_the_handle_of_an_older_receive_succeeds_and_deletes_nothing() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let older = bench.receive_one(0).await;
    let _newer = bench.receive_one(30).await;

    bench.delete(&older).await;

    assert_eq!(bench.aws.counts("events").in_flight, 1);
}

#[tokio::test]
async fn a_delete_after_the_visibility_timeout_deletes_if_the_message_was_not_received_since() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;
    bench.aws.expire_in_flight("events");
    let expired = bench.aws.counts("events");

    bench.delete(&received).await;

    assert_eq!(expired.visible, 1);
    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn a_test_can_cut_delays_short_without_touching_what_is_kept_for_a_shorter_time() {
    let bench = Bench::new().await;
    bench.aws.send("events", "put off");
    bench.aws.send("events", "worked on");
    let (_, worked_on) = (bench.receive_one(600).await, bench.receive_one(10).await);

    bench.aws.cut_delays("events", Duration::from_secs(60));

    assert_eq!(bench.receive_one(0).await.body(), Some("put off"));
    bench.delete(&worked_on).await;
    assert_eq!(bench.aws.bodies("events"), ["put off"]);
}

#[tokio::test]
async fn a_delete_of_what_is_deleted_already_succeeds() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;

    bench.delete(&received).await;
    bench.delete(&received).await;
}

#[tokio::test]
async fn a_delete_batch_deletes_the_good_entries_and_reports_the_bad_ones() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;
    let entry = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };

    let batch = bench.sqs.delete_message_batch().queue_url(&bench.queue_url);
    let batch = batch.entries(entry("bad", "no handle")).entries(entry("good", received.receipt_handle().unwrap()));
    let answer = batch.send().await.unwrap();

    assert_eq!(answer.successful()[0].id(), "good");
    let failed = &answer.failed()[0];
    assert_eq!((failed.id(), failed.code(), failed.sender_fault()), ("bad", "ReceiptHandleIsInvalid", true));
    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn a_receipt_handle_of_another_queue_is_invalid() {
    let bench = Bench::new().await;
    let other = bench.aws.create_queue("other");
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;

    let delete = bench.sqs.delete_message().queue_url(other).receipt_handle(received.receipt_handle().unwrap());

    assert!(delete.send().await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
}

async fn change(bench: &Bench, handle: &str, seconds: i32) -> Result<(), String> {
    let change = bench.sqs.change_message_visibility().queue_url(&bench.queue_url);
    let result = change.receipt_handle(handle).visibility_timeout(seconds).send().await;
    if result.is_ok() { Ok(()) } else { Err(code(result)) }
}

#[tokio::test]
async fn a_visibility_of_zero_releases_a_message_at_once() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;

    change(&bench, received.receipt_handle().unwrap(), 0).await.unwrap();

    assert_eq!(bench.aws.counts("events").visible, 1);
}

#[tokio::test]
async fn a_longer_visibility_keeps_a_message_hidden_past_its_first_timeout() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(1).await;

    change(&bench, received.receipt_handle().unwrap(), 30).await.unwrap();
    let second = bench.receive().wait_time_seconds(2).send().await.unwrap();

    assert!(second.messages().is_empty());
}

#[tokio::test]
async fn the_visibility_of_a_message_that_is_not_in_flight_cannot_be_changed() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let older = bench.receive_one(0).await;
    let older = older.receipt_handle().unwrap();

    let visible = change(&bench, older, 30).await;
    let newer = bench.receive_one(30).await;
    let stale = change(&bench, older, 30).await;
    bench.delete(&newer).await;
    let deleted = change(&bench, newer.receipt_handle().unwrap(), 30).await;

    assert_eq!(visible, Err("AWS.SimpleQueueService.MessageNotInflight".to_owned()));
    assert_eq!(stale, Err("InvalidParameterValue".to_owned()));
    assert_eq!(deleted, Err("InvalidParameterValue".to_owned()));
}

#[tokio::test]
async fn a_message_can_be_hidden_for_twelve_hours_from_its_receive_and_no_longer() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;
    let handle = received.receipt_handle().unwrap();

    assert_eq!(change(&bench, handle, 43_201).await, Err("InvalidParameterValue".to_owned()));
    // The receive was some milliseconds ago, so this too would end too late.
    assert_eq!(change(&bench, handle, 43_200).await, Err("InvalidParameterValue".to_owned()));
    assert_eq!(change(&bench, handle, 43_100).await, Ok(()));
}

#[tokio::test]
async fn a_visibility_batch_changes_the_good_entries_and_reports_the_bad_ones() {
    let bench = Bench::new().await;
    bench.aws.send("events", "body");
    let received = bench.receive_one(30).await;
    let entry = |id: &str, handle: &str| {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        entry.visibility_timeout(0).build().unwrap()
    };

    let batch = bench.sqs.change_message_visibility_batch().queue_url(&bench.queue_url);
    let batch = batch.entries(entry("bad", "no handle")).entries(entry("good", received.receipt_handle().unwrap()));
    let answer = batch.send().await.unwrap();

    assert_eq!((answer.successful()[0].id(), answer.failed()[0].id()), ("good", "bad"));
    assert_eq!(bench.aws.counts("events").visible, 1);
}

#[tokio::test]
async fn a_purge_empties_a_queue() {
    let bench = Bench::new().await;
    bench.aws.send("events", "visible");
    bench.aws.send("events", "in flight");
    bench.receive_one(30).await;

    bench.sqs.purge_queue().queue_url(&bench.queue_url).send().await.unwrap();

    assert_eq!(bench.aws.counts("events").total(), 0);
}

#[tokio::test]
async fn a_delayed_message_is_counted_apart_and_becomes_visible_by_itself() {
    let bench = Bench::new().await;
    let send = bench.sqs.send_message().queue_url(&bench.queue_url).message_body("body").delay_seconds(1);

    send.send().await.unwrap();
    let at_once = bench.aws.counts("events");
    bench.aws.wait_until(|aws| aws.counts("events").visible == 1, SOON);

    assert_eq!((at_once.visible, at_once.delayed), (0, 1));
}
