//! What a launch and an id must show to be taken.

use super::*;

#[test]
fn the_instances_of_a_launch_are_looked_up_by_its_client_token_only_where_its_answer_is_omitted() {
    let launched = || vec![ProposedTagging { related: vec![Related::LaunchedInstances], ..tagging(&[], OWNED) }];
    let checked = |record: &str| check_record(&Guard::default(), record, launched());
    let Checked { taggings, .. } = checked(&launch(r#"{"clientToken": "t"}"#, OMITTED)).unwrap();
    assert_eq!(
        (taggings[0].launch.as_ref().map(|launch| &*launch.client_token), taggings[0].is_for_something()),
        (Some("t"), true)
    );
    for record in [
        launch("{}", OMITTED),
        launch(OMITTED, OMITTED),
        launch(r#"{"clientToken": "t"}"#, "{}"),
        launch(r#"{"clientToken": "t"}"#, OMITTED).replace("RunInstances", "CreateVolume"),
    ] {
        assert!(matches!(checked(&record), Err(Refusal::NoLaunch(_))), "{record}");
    }
}

#[test]
fn an_id_of_ec2_is_taken_only_where_envelope_and_record_are_both_of_ec2() {
    let check_of = |source: &str, event_source: &str| {
        let detail = RECORD.replace("ec2.amazonaws.com", event_source);
        let envelope = format!(
            r#"{{"version": "0", "id": "1", "detail-type": "AWS API Call via CloudTrail", "source": "{source}",
                "account": "111122223333", "time": "2026-01-31T12:00:00Z", "region": "eu-central-1", "resources": [],
                "detail": {detail}}}"#
        );
        check_record(&Guard::default(), &envelope, vec![tagging(&["i-1"], OWNED)])
    };
    assert!(check_of("aws.ec2", "ec2.amazonaws.com").is_ok());
    for (source, event_source) in [("aws.ec2", "rds.amazonaws.com"), ("aws.rds", "ec2.amazonaws.com")] {
        let refusal = check_of(source, event_source).unwrap_err();
        assert!(matches!(refusal, Refusal::NotOfEc2(_)), "{source} {event_source}: {refusal}");
    }
}

#[test]
fn a_launch_says_how_many_instances_it_asks_for() {
    let counts = |request: &str| {
        let proposed = vec![ProposedTagging { related: vec![Related::LaunchedInstances], ..tagging(&[], OWNED) }];
        let Checked { taggings, .. } = check_record(&Guard::default(), &launch(request, OMITTED), proposed).unwrap();
        let launch = taggings[0].launch.as_ref().unwrap();
        (launch.min_count, launch.max_count)
    };
    let items = r#"{"items": [{"minCount": 2, "maxCount": 5}, {"minCount": 1, "maxCount": 1}]}"#;
    assert_eq!(counts(&format!(r#"{{"clientToken": "t", "instancesSet": {items}}}"#)), (3, 6));
    // One, if the request does not say.
    assert_eq!(counts(r#"{"clientToken": "t"}"#), (1, 1));
}
