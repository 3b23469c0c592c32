//! SQS: the attributes of a queue, such as its policy and its encryption.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use autotag_fake_aws::QueueSpec;
use aws_sdk_sqs::types::QueueAttributeName::{self, KmsMasterKeyId, Policy, RedrivePolicy, SqsManagedSseEnabled};

use crate::clients::{Bench, code};

const REUSE: QueueAttributeName = QueueAttributeName::KmsDataKeyReusePeriodSeconds;

async fn attributes(bench: &Bench, url: &str) -> HashMap<QueueAttributeName, String> {
    let get = bench.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    get.send().await.unwrap().attributes.unwrap()
}

#[tokio::test]
async fn a_queue_keeps_its_policy_and_its_key_as_they_were_given() {
    let bench = Bench::new().await;
    let policy = "{ \"Version\": \"2012-10-17\", \"Statement\": [] }";
    let create = bench.sqs.create_queue().queue_name("made").attributes(Policy, policy);
    let create = create.attributes(KmsMasterKeyId, "alias/queues").attributes(REUSE, "600");

    let made = create.send().await.unwrap();
    let found = attributes(&bench, made.queue_url().unwrap()).await;

    assert_eq!(found[&Policy], policy);
    assert_eq!((found[&KmsMasterKeyId].as_str(), found[&REUSE].as_str()), ("alias/queues", "600"));
    assert_eq!(found[&SqsManagedSseEnabled], "false");
}

#[tokio::test]
async fn a_queue_that_asks_for_nothing_else_is_encrypted_by_sqs_and_has_no_policy() {
    let bench = Bench::new().await;
    let found = attributes(&bench, &bench.queue_url).await;
    let get = bench.sqs.get_queue_attributes().queue_url(&bench.queue_url);
    let asked = get.attribute_names(Policy).attribute_names(KmsMasterKeyId).send().await.unwrap();

    assert_eq!(found[&SqsManagedSseEnabled], "true");
    assert!(![Policy, KmsMasterKeyId, REUSE, RedrivePolicy].iter().any(|name| found.contains_key(name)));
    assert_eq!(asked.attributes(), None);
}

#[tokio::test]
async fn a_queue_has_one_kind_of_encryption_at_a_time() {
    let bench = Bench::new().await;
    let create = bench.sqs.create_queue().queue_name("made").attributes(KmsMasterKeyId, "alias/queues");
    let both = create.attributes(SqsManagedSseEnabled, "true").send().await;
    let encryption = async |name: &str, value: &str| {
        bench.aws.set_queue_attribute("events", name, value);
        let found = attributes(&bench, &bench.queue_url).await;
        (found[&SqsManagedSseEnabled].clone(), found.get(&KmsMasterKeyId).cloned())
    };
    let (yes, no) = ("true".to_owned(), "false".to_owned());
    let key = Some("alias/queues".to_owned());

    assert_eq!(code(both), "InvalidAttributeValue");
    assert_eq!(encryption("KmsMasterKeyId", "alias/queues").await, (no.clone(), key.clone()));
    assert_eq!(encryption("SqsManagedSseEnabled", "false").await, (no.clone(), key.clone()));
    assert_eq!(encryption("SqsManagedSseEnabled", "true").await, (yes.clone(), None));
    assert_eq!(encryption("KmsMasterKeyId", "").await, (yes, None));
    assert_eq!(encryption("SqsManagedSseEnabled", "false").await, (no.clone(), None));
    assert_eq!(encryption("KmsMasterKeyId", "alias/queues").await, (no.clone(), key));
    assert_eq!(encryption("KmsMasterKeyId", "").await, (no, None));
}

#[tokio::test]
async fn a_test_sets_attributes_by_the_queues_name_or_its_url() {
    let bench = Bench::new().await;
    bench.aws.create_queue("dead");
    let redrive = "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:111122223333:dead\",\"maxReceiveCount\":10}";

    bench.aws.set_queue_attribute(&bench.queue_url, "Policy", "{}");
    bench.aws.set_queue_attribute("events", "RedrivePolicy", redrive);
    bench.aws.set_queue_attribute("events", "VisibilityTimeout", "90");
    let set = attributes(&bench, &bench.queue_url).await;
    bench.aws.set_queue_attribute("events", "Policy", "");
    bench.aws.set_queue_attribute("events", "RedrivePolicy", "");
    let taken_away = attributes(&bench, &bench.queue_url).await;

    assert_eq!((set[&Policy].as_str(), set[&RedrivePolicy].as_str()), ("{}", redrive));
    assert_eq!(set[&QueueAttributeName::VisibilityTimeout], "90");
    assert!(!taken_away.contains_key(&Policy) && !taken_away.contains_key(&RedrivePolicy));
    assert_eq!(taken_away[&QueueAttributeName::VisibilityTimeout], "90");
}

#[tokio::test]
async fn what_aws_refuses_of_an_attribute_is_refused_to_calls_and_to_tests() {
    let bench = Bench::new().await;
    let unknown = "{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:111122223333:unknown\",\"maxReceiveCount\":10}";
    for (name, value, expected) in [
        (Policy, "no JSON", "InvalidAttributeValue"),
        (Policy, "[]", "InvalidAttributeValue"),
        (REUSE, "59", "InvalidAttributeValue"),
        (SqsManagedSseEnabled, "yes", "InvalidAttributeValue"),
        (RedrivePolicy, unknown, "InvalidAttributeValue"),
        (QueueAttributeName::from("Colour"), "red", "InvalidAttributeName"),
    ] {
        let created = bench.sqs.create_queue().queue_name("made").attributes(name.clone(), value).send().await;
        let set = || bench.aws.set_queue_attribute("events", name.as_str(), value);
        let panic = catch_unwind(AssertUnwindSafe(set)).unwrap_err();

        assert_eq!(code(created), expected, "{name}");
        assert!(panic.downcast_ref::<String>().unwrap().contains(expected), "{name}");
    }
    let colour = bench.sqs.get_queue_attributes().queue_url(&bench.queue_url);
    let colour = colour.attribute_names(QueueAttributeName::from("Colour")).send().await;
    assert_eq!(code(colour), "InvalidAttributeName");
}

#[tokio::test]
async fn a_dead_letter_queue_answers_as_any_other_and_its_name_outlives_it() {
    let bench = Bench::new().await;
    bench.aws.create_queue("dead");
    let url = bench.aws.create_queue_with(QueueSpec::named("made").dead_letters("dead", 10));

    let dead = bench.sqs.get_queue_url().queue_name("dead").send().await.unwrap();
    let arn = attributes(&bench, dead.queue_url().unwrap()).await[&QueueAttributeName::QueueArn].clone();
    let before = attributes(&bench, &url).await;
    bench.aws.delete_queue("dead");
    let gone = bench.sqs.get_queue_url().queue_name("dead").send().await;

    assert!(before[&RedrivePolicy].contains(&arn));
    assert!(gone.unwrap_err().into_service_error().is_queue_does_not_exist());
    assert_eq!(attributes(&bench, &url).await[&RedrivePolicy], before[&RedrivePolicy]);
}
