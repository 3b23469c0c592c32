//! CloudTrail: which trails there are, whether they log, and which API calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

use autotag_fake_aws::{DEFAULT_REGION, EventSelector, FakeAws, Fault, On, Selectors, Trail};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey, ReadWriteType};
use serde_json::json;

use crate::clients::{code, config, status_and_code};

/// Clients in us-east-1 and in eu-west-1.
async fn bench() -> (FakeAws, Client, Client) {
    let aws = FakeAws::start();
    let here = Client::new(&config(&aws, "AKIDANYONE", DEFAULT_REGION).await);
    let there = Client::new(&config(&aws, "AKIDANYONE", "eu-west-1").await);
    (aws, here, there)
}

/// The ARNs of all trails that a Region shows.
async fn shown(client: &Client, shadows: Option<bool>) -> Vec<String> {
    let answer = client.describe_trails().set_include_shadow_trails(shadows).send().await.unwrap();
    answer.trail_list().iter().map(|trail| trail.trail_arn().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_trail_of_all_regions_is_shown_in_each_with_its_home() {
    let (aws, _, there) = bench().await;
    let arn = aws.put_trail(Trail::logging("everywhere"));

    let answer = there.describe_trails().send().await.unwrap();

    let [trail] = answer.trail_list() else { panic!("{answer:?}") };
    assert_eq!(arn, "arn:aws:cloudtrail:us-east-1:111122223333:trail/everywhere");
    assert_eq!((trail.name(), trail.trail_arn()), (Some("everywhere"), Some(arn.as_str())));
    assert_eq!((trail.home_region(), trail.is_multi_region_trail()), (Some("us-east-1"), Some(true)));
    assert_eq!((trail.is_organization_trail(), trail.has_custom_event_selectors()), (Some(false), Some(false)));
}

#[tokio::test]
async fn a_trail_of_one_region_is_shown_there_alone_and_shadows_only_if_they_are_wanted() {
    let (aws, here, there) = bench().await;
    let everywhere = aws.put_trail(Trail::logging("everywhere"));
    let local = Trail { multi_region: false, organization: true, ..Trail::logging("local") };
    let local = aws.at("111122223333", "eu-west-1").put_trail(local);
    aws.at("444455556666", "eu-west-1").put_trail(Trail::logging("of-another"));

    let described = there.describe_trails().trail_name_list("local").send().await.unwrap();

    let (local, everywhere) = (local.as_str(), everywhere.as_str());
    assert_eq!(shown(&here, None).await, [everywhere]);
    assert_eq!(shown(&there, None).await, [local, everywhere]);
    assert_eq!(shown(&there, Some(true)).await, [local, everywhere]);
    assert_eq!(shown(&there, Some(false)).await, [local]);
    let trail = &described.trail_list()[0];
    assert_eq!((trail.is_multi_region_trail(), trail.is_organization_trail()), (Some(false), Some(true)));
}

#[tokio::test]
async fn trails_are_described_by_name_at_home_and_by_arn_everywhere() {
    let (aws, here, there) = bench().await;
    let arn = aws.put_trail(Trail::logging("everywhere"));
    let found = async |client: &Client, name: &str| {
        client.describe_trails().trail_name_list(name).send().await.unwrap().trail_list().len()
    };

    assert_eq!((found(&here, "everywhere").await, found(&here, &arn).await), (1, 1));
    assert_eq!((found(&there, "everywhere").await, found(&there, &arn).await), (0, 1));
    assert_eq!(found(&here, "unknown").await, 0);
}

#[tokio::test]
async fn the_status_of_a_trail_tells_whether_it_logs_and_whether_it_delivers() {
    let (aws, here, _) = bench().await;
    aws.put_trail(Trail::logging("autotag"));
    let status = async || here.get_trail_status().name("autotag").send().await.unwrap();

    let before = status().await;
    aws.update_trail("autotag", |trail| {
        trail.is_logging = false;
        trail.latest_delivery_error = Some("NoSuchBucket".to_owned());
    });
    let after = status().await;

    assert_eq!((before.is_logging(), before.latest_delivery_error()), (Some(true), None));
    assert_eq!((after.is_logging(), after.latest_delivery_error()), (Some(false), Some("NoSuchBucket")));
}

#[tokio::test]
async fn a_shadow_is_known_by_its_arn_and_not_by_its_name() {
    let (aws, _, there) = bench().await;
    let arn = aws.put_trail(Trail::logging("everywhere"));
    let local = aws.put_trail(Trail { multi_region: false, ..Trail::logging("local") });

    let by_name = there.get_trail_status().name("everywhere").send().await;
    let by_arn = there.get_trail_status().name(&arn).send().await;
    let selectors = there.get_event_selectors().trail_name(&arn).send().await.unwrap();
    let selectors_by_name = there.get_event_selectors().trail_name("everywhere").send().await;
    let of_one_region = there.get_trail_status().name(local).send().await;

    let error = by_name.unwrap_err().into_service_error();
    assert!(error.is_trail_not_found_exception());
    let expected =
        "Unknown trail: arn:aws:cloudtrail:eu-west-1:111122223333:trail/everywhere for the user: 111122223333";
    assert_eq!(error.meta().message(), Some(expected));
    assert_eq!(by_arn.unwrap().is_logging(), Some(true));
    assert_eq!(selectors.trail_arn(), Some(arn.as_str()));
    assert_eq!(code(selectors_by_name), "TrailNotFoundException");
    assert_eq!(status_and_code(of_one_region), (400, "TrailNotFoundException".to_owned()));
}

#[tokio::test]
async fn the_selectors_of_a_trail_are_told_in_the_form_that_they_have() {
    let (aws, here, _) = bench().await;
    aws.put_trail(Trail::logging("autotag"));
    let selectors = async || here.get_event_selectors().trail_name("autotag").send().await.unwrap();
    let custom = async || {
        let trails = here.describe_trails().send().await.unwrap();
        trails.trail_list()[0].has_custom_event_selectors().unwrap()
    };

    let (all, all_custom) = (selectors().await, custom().await);
    aws.update_trail("autotag", |trail| {
        trail.selectors = Selectors::Basic(vec![EventSelector {
            read_write_type: "ReadOnly".to_owned(),
            include_management_events: false,
            exclude_management_event_sources: vec!["kms.amazonaws.com".to_owned()],
        }]);
    });
    let basic = selectors().await;
    let category = json!({ "Field": "eventCategory", "Equals": ["Management"] });
    let read_only = json!({ "Field": "readOnly", "Equals": ["false"] });
    let advanced = json!([{ "Name": "writes", "FieldSelectors": [category, read_only] }]);
    aws.update_trail("autotag", |trail| trail.selectors = Selectors::Advanced(advanced));
    let advanced = selectors().await;

    let [selector] = all.event_selectors() else { panic!("{all:?}") };
    assert_eq!(selector.read_write_type(), Some(&ReadWriteType::All));
    assert_eq!((selector.include_management_events(), all_custom), (Some(true), false));
    let [selector] = basic.event_selectors() else { panic!("{basic:?}") };
    assert_eq!(selector.read_write_type(), Some(&ReadWriteType::ReadOnly));
    assert_eq!(selector.include_management_events(), Some(false));
    assert_eq!(selector.exclude_management_event_sources(), ["kms.amazonaws.com"]);
    assert!(advanced.event_selectors().is_empty() && custom().await);
    let fields = advanced.advanced_event_selectors()[0].field_selectors();
    assert_eq!((fields[1].field(), fields[1].equals()), ("readOnly", ["false".to_owned()].as_slice()));
}

#[tokio::test]
async fn a_trail_can_be_taken_away() {
    let (aws, here, _) = bench().await;
    aws.put_trail(Trail::logging("autotag"));
    aws.delete_trail("autotag");

    assert!(shown(&here, None).await.is_empty());
    assert_eq!(code(here.get_trail_status().name("autotag").send().await), "TrailNotFoundException");
}

#[tokio::test]
async fn what_cloudtrail_would_refuse_is_refused() {
    let (_aws, here, _) = bench().await;
    let status = |name: &str| here.get_trail_status().name(name).send();

    assert_eq!(code(status("x").await), "InvalidTrailNameException");
    assert_eq!(code(status("two words").await), "InvalidTrailNameException");
    assert_eq!(code(status("arn:aws:s3:::bucket").await), "CloudTrailARNInvalidException");
    assert_eq!(code(here.list_trails().send().await), "UnknownOperationException");
    let by_user = LookupAttribute::builder().attribute_key(LookupAttributeKey::Username).attribute_value("bob").build();
    let looked = here.lookup_events().lookup_attributes(by_user.unwrap()).send().await;
    assert_eq!(code(looked), "InvalidLookupAttributesException");
}

#[tokio::test]
async fn records_are_looked_up_by_their_name_the_latest_first() {
    let (aws, here, _) = bench().await;
    for (name, id) in [("AssumeRole", 1), ("CreateVpc", 2), ("AssumeRole", 3)] {
        aws.put_record(json!({ "eventName": name, "eventID": id }));
    }
    let by_name = LookupAttribute::builder().attribute_key(LookupAttributeKey::EventName).attribute_value("AssumeRole");
    let looked = here.lookup_events().lookup_attributes(by_name.build().unwrap()).send().await.unwrap();
    let records = looked.events().iter().map(|event| event.cloud_trail_event().unwrap());
    let ids: Vec<_> =
        records.map(|record| serde_json::from_str::<serde_json::Value>(record).unwrap()["eventID"].clone()).collect();
    assert_eq!(ids, [3, 1]);
    assert_eq!(here.lookup_events().max_results(2).send().await.unwrap().events().len(), 2);
}

#[test]
fn a_trail_that_cloudtrail_would_refuse_cannot_be_put() {
    let aws = FakeAws::start();
    let basic = |selectors| Trail { selectors: Selectors::Basic(selectors), ..Trail::logging("autotag") };
    let advanced = |selectors| Trail { selectors: Selectors::Advanced(selectors), ..Trail::logging("autotag") };
    let category = || json!({ "Field": "eventCategory", "Equals": ["Management"] });
    for (refused, reason) in [
        (Trail::logging("a"), "3 to 128"),
        (Trail::logging("-autotag"), "begins and ends"),
        (basic(Vec::new()), "0 event selectors"),
        (basic(vec![EventSelector { read_write_type: "Read".to_owned(), ..EventSelector::all() }]), "no ReadWriteType"),
        (
            basic(vec![EventSelector {
                exclude_management_event_sources: vec!["ec2.amazonaws.com".to_owned()],
                ..EventSelector::all()
            }]),
            "cannot be left out",
        ),
        (advanced(json!({})), "must be a list"),
        (advanced(json!([])), "must be a list"),
        (advanced(json!([{ "FieldSelectors": [{ "Field": "readOnly", "Equals": ["true"] }] }])), "eventCategory"),
        (
            advanced(json!([{ "FieldSelectors": [category(), { "Field": "readOnly", "Is": ["true"] }] }])),
            "lists of strings",
        ),
        (advanced(json!([{ "FieldSelectors": [category(), { "Equals": ["true"] }] }])), "has a Field"),
    ] {
        let panic = catch_unwind(AssertUnwindSafe(|| aws.put_trail(refused))).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn faults_happen_to_cloudtrail_too() {
    let (aws, here, _) = bench().await;
    aws.put_trail(Trail::logging("autotag"));
    aws.fault(On::service("cloudtrail").touching("autotag"), Fault::AccessDenied);
    aws.fault(On::action("DescribeTrails"), Fault::Throttle { burst: 0, per_second: 0.0 });

    let status = here.get_trail_status().name("autotag").send().await;
    let selectors = here.get_event_selectors().trail_name("autotag").send().await;
    let trails = here.describe_trails().send().await;

    assert_eq!(status_and_code(status), (400, "AccessDeniedException".to_owned()));
    assert_eq!(status_and_code(selectors), (400, "AccessDeniedException".to_owned()));
    assert_eq!(status_and_code(trails), (400, "ThrottlingException".to_owned()));
}
