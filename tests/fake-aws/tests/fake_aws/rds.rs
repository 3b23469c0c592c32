//! RDS: what it shows of databases, clusters and snapshots.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use autotag_fake_aws::{DEFAULT_REGION, FakeAws, Fault, On};
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{Filter, Tag};

use crate::clients::{code, config, status_and_code};

const DATABASE: &str = "arn:aws:rds:us-east-1:111122223333:db:orders";
const CLUSTER: &str = "arn:aws:rds:us-east-1:111122223333:cluster:orders";
const SNAPSHOT: &str = "arn:aws:rds:us-east-1:111122223333:snapshot:orders-1";
const AUTOMATED: &str = "arn:aws:rds:us-east-1:111122223333:snapshot:rds:orders-2024-02-29-23-59";
const CLUSTER_SNAPSHOT: &str = "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:orders-1";
const GROUP: &str = "arn:aws:rds:us-east-1:111122223333:pg:orders";

/// 2024-02-29T23:59:58.250Z
fn leap_day() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_709_251_198_250)
}

async fn bench() -> (FakeAws, Client) {
    let aws = FakeAws::start();
    let client = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    (aws, client)
}

fn filter(name: &str, values: &[&str]) -> Filter {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

fn texts(tags: &[Tag]) -> Vec<(&str, &str)> {
    tags.iter().map(|tag| (tag.key().unwrap(), tag.value().unwrap())).collect()
}

fn database(n: usize) -> String {
    format!("arn:aws:rds:us-east-1:111122223333:db:db-{n:03}")
}

/// The names of the databases that a filter finds.
async fn found(client: &Client, name: &str, values: &[&str]) -> Vec<String> {
    let answer = client.describe_db_instances().filters(filter(name, values)).send().await.unwrap();
    answer.db_instances().iter().map(|one| one.db_instance_identifier().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_database_shows_its_names_its_time_its_unique_id_and_its_tags() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[("Owner", "bob"), ("aws:cloudformation:stack-name", "<shop>")]);
    aws.born(DATABASE, leap_day());
    aws.unique_id(DATABASE, "db-ABCDEFGHIJKL");

    let answer = client.describe_db_instances().db_instance_identifier("Orders").send().await.unwrap();

    let [one] = answer.db_instances() else { panic!("{answer:?}") };
    assert_eq!((one.db_instance_identifier(), one.db_instance_arn()), (Some("orders"), Some(DATABASE)));
    assert_eq!((one.db_instance_status(), one.dbi_resource_id()), (Some("available"), Some("db-ABCDEFGHIJKL")));
    assert_eq!(one.instance_create_time().unwrap().to_millis().unwrap(), 1_709_251_198_250);
    assert_eq!(texts(one.tag_list()), [("Owner", "bob"), ("aws:cloudformation:stack-name", "<shop>")]);
}

#[tokio::test]
async fn clusters_and_snapshots_show_the_same_of_theirs() {
    let (aws, client) = bench().await;
    for arn in [CLUSTER, SNAPSHOT, CLUSTER_SNAPSHOT] {
        aws.put_arn(arn, &[("Owner", "bob")]);
        aws.born(arn, leap_day());
    }
    aws.unique_id(CLUSTER, "cluster-ABCDEFGHIJKL");

    let clusters = client.describe_db_clusters().filters(filter("db-cluster-id", &["orders"])).send().await.unwrap();
    let snapshots = client.describe_db_snapshots().filters(filter("db-snapshot-id", &["orders-1"]));
    let snapshots = snapshots.send().await.unwrap();
    let of_clusters = client.describe_db_cluster_snapshots().filters(filter("db-cluster-snapshot-id", &["orders-1"]));
    let of_clusters = of_clusters.send().await.unwrap();

    let [cluster] = clusters.db_clusters() else { panic!("{clusters:?}") };
    assert_eq!((cluster.db_cluster_identifier(), cluster.db_cluster_arn()), (Some("orders"), Some(CLUSTER)));
    assert_eq!((cluster.status(), cluster.db_cluster_resource_id()), (Some("available"), Some("cluster-ABCDEFGHIJKL")));
    let [snapshot] = snapshots.db_snapshots() else { panic!("{snapshots:?}") };
    assert_eq!((snapshot.db_snapshot_identifier(), snapshot.db_snapshot_arn()), (Some("orders-1"), Some(SNAPSHOT)));
    let [of_cluster] = of_clusters.db_cluster_snapshots() else { panic!("{of_clusters:?}") };
    let (name, arn) = (of_cluster.db_cluster_snapshot_identifier(), of_cluster.db_cluster_snapshot_arn());
    assert_eq!((name, arn), (Some("orders-1"), Some(CLUSTER_SNAPSHOT)));
    let times = [cluster.cluster_create_time(), snapshot.snapshot_create_time(), of_cluster.snapshot_create_time()];
    assert_eq!(times.map(|time| time.unwrap().to_millis().unwrap()), [1_709_251_198_250; 3]);
    for tags in [cluster.tag_list(), snapshot.tag_list(), of_cluster.tag_list()] {
        assert_eq!(texts(tags), [("Owner", "bob")]);
    }
}

#[tokio::test]
async fn a_name_that_is_used_again_has_another_unique_id_and_time() {
    let (aws, client) = bench().await;
    let seen = async || {
        let answer = client.describe_db_instances().send().await.unwrap();
        let one = &answer.db_instances()[0];
        let made = SystemTime::try_from(*one.instance_create_time().unwrap()).unwrap();
        (one.dbi_resource_id().unwrap().to_owned(), made)
    };
    aws.put_arn(DATABASE, &[]);
    aws.born(DATABASE, leap_day());
    let (first, then) = (seen().await, seen().await);

    aws.remove_resource(DATABASE);
    aws.put_arn(DATABASE, &[]);
    let second = seen().await;

    assert_eq!(first, then);
    assert!(first.0.starts_with("db-") && first.0.len() == 29, "{}", first.0);
    assert_ne!(first.0, second.0);
    assert!(second.1.elapsed().unwrap() < Duration::from_secs(60));
}

#[tokio::test]
async fn filters_take_names_arns_and_unique_ids_and_what_is_not_there_is_just_not_found() {
    let (aws, client) = bench().await;
    (0..4).for_each(|n| aws.put_arn(&database(n), &[]));
    aws.put_arn(CLUSTER, &[]);
    aws.unique_id(&database(3), "db-THREE");
    aws.at("444455556666", DEFAULT_REGION).put_arn("arn:aws:rds:us-east-1:444455556666:db:theirs", &[]);

    let names = found(&client, "db-instance-id", &["db-001", &database(2), "unknown", "theirs"]).await;

    assert_eq!(names, ["db-001", "db-002"]);
    assert_eq!(found(&client, "dbi-resource-id", &["db-THREE", "db-FOUR"]).await, ["db-003"]);
    assert!(found(&client, "db-instance-id", &["unknown"]).await.is_empty());
    assert_eq!(aws.requests()[0].resources, ["db-001", &database(2), "unknown", "theirs"]);
}

#[tokio::test]
async fn an_automated_snapshot_goes_by_its_name_with_the_colon() {
    let (aws, client) = bench().await;
    aws.put_arn(AUTOMATED, &[]);
    let name = "rds:orders-2024-02-29-23-59";

    let answer = client.describe_db_snapshots().filters(filter("db-snapshot-id", &[name])).send().await.unwrap();

    assert_eq!(answer.db_snapshots()[0].db_snapshot_identifier(), Some(name));
}

#[tokio::test]
async fn a_database_and_a_snapshot_have_no_time_while_they_are_being_created() {
    let (aws, client) = bench().await;
    for arn in [DATABASE, SNAPSHOT, CLUSTER] {
        aws.put_arn(arn, &[]);
        aws.set_state(arn, "creating");
    }

    let databases = client.describe_db_instances().send().await.unwrap();
    let snapshots = client.describe_db_snapshots().send().await.unwrap();
    let clusters = client.describe_db_clusters().send().await.unwrap();

    let database = &databases.db_instances()[0];
    assert_eq!((database.db_instance_status(), database.instance_create_time()), (Some("creating"), None));
    assert!(snapshots.db_snapshots()[0].snapshot_create_time().is_none());
    assert!(clusters.db_clusters()[0].cluster_create_time().is_some());
}

#[tokio::test]
async fn a_name_as_a_parameter_that_nothing_has_is_an_error() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[]);
    let all = client.describe_db_instances();

    let known = all.clone().db_instance_identifier(DATABASE).send().await.unwrap();
    let unknown = all.db_instance_identifier("unknown").send().await;
    let cluster = client.describe_db_clusters().db_cluster_identifier("orders").send().await;
    let snapshot = client.describe_db_snapshots().db_snapshot_identifier("orders-1").send().await;
    let of_cluster = client.describe_db_cluster_snapshots().db_cluster_snapshot_identifier("orders-1").send().await;

    assert_eq!(known.db_instances().len(), 1);
    assert!(unknown.as_ref().unwrap_err().as_service_error().unwrap().is_db_instance_not_found_fault());
    assert_eq!(status_and_code(unknown), (404, "DBInstanceNotFound".to_owned()));
    assert_eq!(status_and_code(cluster), (404, "DBClusterNotFoundFault".to_owned()));
    assert_eq!(status_and_code(snapshot), (404, "DBSnapshotNotFound".to_owned()));
    assert_eq!(status_and_code(of_cluster), (404, "DBClusterSnapshotNotFoundFault".to_owned()));
}

#[tokio::test]
async fn tags_are_listed_by_arn_for_every_kind_and_do_not_lag() {
    let (aws, client) = bench().await;
    aws.put_arn(GROUP, &[("Owner", "bob")]);
    aws.put_arn(DATABASE, &[("Owner", "eve")]);
    aws.tags_shown_after(DATABASE, Duration::from_secs(600));
    let list = |arn: &str| client.list_tags_for_resource().resource_name(arn).send();

    let group = list(GROUP).await.unwrap();
    let database = list(DATABASE).await.unwrap();
    let shown = client.describe_db_instances().send().await.unwrap();

    assert_eq!(texts(group.tag_list()), [("Owner", "bob")]);
    assert_eq!(texts(database.tag_list()), [("Owner", "eve")]);
    assert_eq!(texts(shown.db_instances()[0].tag_list()), [("Owner", "eve")]);
    assert_eq!(aws.requests_of("ListTagsForResource")[0].resources, [GROUP]);
}

#[tokio::test]
async fn tags_of_what_is_not_there_are_the_kinds_own_error() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[]);
    aws.appear_after(DATABASE, Duration::from_secs(600));
    let list = |arn: &str| client.list_tags_for_resource().resource_name(arn).send();

    assert_eq!(status_and_code(list(DATABASE).await), (404, "DBInstanceNotFound".to_owned()));
    assert_eq!(status_and_code(list(CLUSTER).await), (404, "DBClusterNotFoundFault".to_owned()));
    assert_eq!(status_and_code(list(SNAPSHOT).await), (404, "DBSnapshotNotFound".to_owned()));
    assert_eq!(status_and_code(list(CLUSTER_SNAPSHOT).await), (404, "DBClusterSnapshotNotFoundFault".to_owned()));
    assert_eq!(status_and_code(list(GROUP).await), (404, "DBParameterGroupNotFound".to_owned()));
    for elsewhere in ["arn:aws:rds:eu-west-1:111122223333:db:orders", "arn:aws:s3:::orders", "orders"] {
        assert_eq!(status_and_code(list(elsewhere).await), (400, "InvalidParameterValue".to_owned()));
    }
    let filtered = client.list_tags_for_resource().resource_name(GROUP).filters(filter("db-instance-id", &["orders"]));
    assert_eq!(code(filtered.send().await), "UnknownParameter");
    assert!(client.describe_db_instances().send().await.unwrap().db_instances().is_empty());
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let (aws, client) = bench().await;
    (0..130).for_each(|n| aws.put_arn(&database(n), &[]));
    let all = async |records: Option<i32>| {
        let mut pages = client.describe_db_instances().set_max_records(records).into_paginator().send();
        let (mut sizes, mut names) = (Vec::new(), Vec::new());
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            sizes.push(page.db_instances().len());
            names.extend(page.db_instances().iter().map(|one| one.db_instance_identifier().unwrap().to_owned()));
        }
        (sizes, names)
    };

    let (by_default, names) = all(None).await;

    assert_eq!(by_default, [100, 30]);
    assert!(names.into_iter().eq((0..130).map(|n| format!("db-{n:03}"))));
    assert_eq!(all(Some(60)).await.0, [60, 60, 10]);
}

#[tokio::test]
async fn what_the_fake_does_not_model_and_what_aws_refuses_is_refused() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[]);
    let all = || client.describe_db_instances();
    let snapshots = || client.describe_db_snapshots();
    let of_cluster = "arn:aws:rds:us-east-1:111122223333:cluster:orders";

    for bad in ["Orders_1", "-orders", "orders-", "or--ders", "", of_cluster, "arn:aws:rds:eu-west-1:111122223333:db:a"]
    {
        let refused = all().filters(filter("db-instance-id", &["orders", bad])).send().await;
        assert_eq!(code(refused), "InvalidParameterValue", "{bad}");
    }
    // A snapshot's filter accepts no ARNs.
    let by_arn = snapshots().filters(filter("db-snapshot-id", &[SNAPSHOT])).send().await;
    assert_eq!(code(by_arn), "InvalidParameterValue");
    assert_eq!(code(all().filters(filter("engine", &["postgres"])).send().await), "InvalidParameterValue");
    assert_eq!(code(all().filters(filter("db-instance-id", &[])).send().await), "InvalidParameterValue");
    assert_eq!(code(all().max_records(19).send().await), "InvalidParameterValue");
    assert_eq!(code(all().max_records(101).send().await), "InvalidParameterValue");
    assert_eq!(code(all().marker("no marker").send().await), "InvalidParameterValue");
    assert_eq!(code(snapshots().include_shared(true).send().await), "UnknownParameter");
    assert_eq!(code(client.describe_db_subnet_groups().send().await), "InvalidAction");
}

#[tokio::test]
async fn faults_happen_to_rds_too_in_its_own_words() {
    let (aws, client) = bench().await;
    aws.put_arn(DATABASE, &[]);
    aws.fault(On::action("DescribeDBInstances").touching("orders").next(1), Fault::AccessDenied);
    aws.fault(On::service("rds"), Fault::Throttle { burst: 2, per_second: 0.0 });
    let describe = || client.describe_db_instances().filters(filter("db-instance-id", &["orders"])).send();

    let denied = describe().await;
    let first = describe().await;
    let throttled = describe().await;

    let expected =
        "User: arn:aws:iam::111122223333:user/fake is not authorized to perform: rds:DescribeDBInstances because";
    let message = denied.as_ref().unwrap_err().as_service_error().unwrap().meta().message().unwrap();
    assert!(message.starts_with(expected), "{message}");
    assert_eq!(status_and_code(denied), (403, "AccessDenied".to_owned()));
    assert!(first.is_ok());
    assert_eq!(status_and_code(throttled), (400, "Throttling".to_owned()));
}
