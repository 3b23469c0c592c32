//! Requests that the SDK never sends, made by hand.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use autotag_fake_aws::{FakeAws, Fault, On};

/// Sends one POST and returns the whole answer, with its headers.
fn post(aws: &FakeAws, headers: &[(&str, &str)], body: &str) -> String {
    let (answer, end) = post_raw(aws, headers, body);
    end.unwrap();
    answer
}

/// Sends one POST and returns what arrived of an answer, and how the connection ended.
fn post_raw(aws: &FakeAws, headers: &[(&str, &str)], body: &str) -> (String, std::io::Result<()>) {
    let mut request = format!("POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", aws.address());
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    let mut stream = TcpStream::connect(aws.address()).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).map(drop);
    (String::from_utf8(answer).unwrap(), end)
}

fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20300101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

fn ec2(aws: &FakeAws, body: &str) -> String {
    post(aws, &[("authorization", &signed("ec2"))], body)
}

fn sqs(aws: &FakeAws, action: &str, body: &str) -> String {
    let target = format!("AmazonSQS.{action}");
    let headers = [
        ("authorization", signed("sqs")),
        ("content-type", "application/x-amz-json-1.0".to_owned()),
        ("x-amz-target", target),
    ];
    post(aws, &headers.each_ref().map(|(name, value)| (*name, value.as_str())), body)
}

#[test]
fn a_request_without_credentials_is_refused() {
    let aws = FakeAws::start();
    let ec2 = post(&aws, &[], "Action=DescribeTags&Version=2016-11-15");
    let sqs = post(&aws, &[("x-amz-target", "AmazonSQS.ReceiveMessage")], "{}");
    assert!(ec2.starts_with("HTTP/1.1 403") && ec2.contains("<Code>MissingAuthenticationToken</Code>"), "{ec2}");
    assert!(sqs.starts_with("HTTP/1.1 403") && sqs.contains("MissingAuthenticationToken;Sender"), "{sqs}");
}

#[test]
fn a_request_signed_for_another_service_is_refused() {
    let aws = FakeAws::start();
    let answer = post(&aws, &[("authorization", &signed("sqs"))], "Action=DescribeTags&Version=2016-11-15");
    assert!(answer.contains("<Code>SignatureDoesNotMatch</Code>"), "{answer}");
}

#[test]
fn a_malformed_signature_is_refused() {
    let aws = FakeAws::start();
    let answer = post(&aws, &[("authorization", "Bearer token")], "Action=DescribeTags&Version=2016-11-15");
    assert!(answer.contains("<Code>IncompleteSignature</Code>"), "{answer}");
}

#[test]
fn a_json_request_must_be_signed_for_the_service_that_its_target_names_and_have_its_content_type() {
    let aws = FakeAws::start();
    let call = |service: &str, content_type: &str, target: &str| {
        let authorization = signed(service);
        let headers =
            [("authorization", authorization.as_str()), ("content-type", content_type), ("x-amz-target", target)];
        post(&aws, &headers, "{}")
    };
    let target = "ResourceGroupsTaggingAPI_20170126.GetResources";

    let right = call("tagging", "application/x-amz-json-1.1", target);
    let of_another = call("sqs", "application/x-amz-json-1.1", target);
    let other_json = call("tagging", "application/x-amz-json-1.0", target);
    let unknown = call("sqs", "application/x-amz-json-1.0", "AmazonSNS.Publish");

    assert!(right.contains("\"ResourceTagMappingList\":[]") && right.contains("json-1.1"), "{right}");
    assert!(of_another.contains("SignatureDoesNotMatch"), "{of_another}");
    assert!(other_json.contains("SerializationException"), "{other_json}");
    assert!(unknown.contains("UnknownOperationException"), "{unknown}");
}

#[test]
fn an_unknown_action_is_refused() {
    let aws = FakeAws::start();
    let ec2 = ec2(&aws, "Action=TerminateInstances&Version=2016-11-15");
    let sqs = sqs(&aws, "ListQueues", "{}");
    assert!(ec2.starts_with("HTTP/1.1 400") && ec2.contains("<Code>InvalidAction</Code>"), "{ec2}");
    assert!(sqs.starts_with("HTTP/1.1 400") && sqs.contains("UnknownOperationException"), "{sqs}");
}

#[test]
fn a_parameter_that_the_fake_does_not_model_is_refused() {
    let aws = FakeAws::start();
    let url = aws.create_queue("events");
    let ec2 = ec2(&aws, "Action=DescribeVolumes&Version=2016-11-15&Colour=red");
    let sqs = sqs(&aws, "ReceiveMessage", &format!("{{\"QueueUrl\":\"{url}\",\"Colour\":\"red\"}}"));
    assert!(ec2.contains("<Code>UnknownParameter</Code>"), "{ec2}");
    assert!(sqs.contains("InvalidParameterValue;Sender"), "{sqs}");
}

#[test]
fn an_error_has_the_shape_of_its_protocol() {
    let aws = FakeAws::start();
    let url = aws.queue_url("unknown");
    let sqs = sqs(&aws, "ReceiveMessage", &format!("{{\"QueueUrl\":\"{url}\"}}"));
    let ec2 = ec2(&aws, "Action=DescribeVolumes&Version=2016-11-15&VolumeId.1=vol-00000000");
    assert!(sqs.contains("x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender\r\n"), "{sqs}");
    assert!(sqs.contains("\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\""), "{sqs}");
    let error = "<Response><Errors><Error><Code>InvalidVolume.NotFound</Code>\
                 <Message>The volume 'vol-00000000' does not exist</Message></Error></Errors><RequestID>";
    assert!(ec2.contains(error), "{ec2}");
}

#[test]
fn a_body_that_is_not_of_the_protocol_is_refused() {
    let aws = FakeAws::start();
    assert!(sqs(&aws, "ReceiveMessage", "{").contains("SerializationException"));
    assert!(sqs(&aws, "ReceiveMessage", "[]").contains("SerializationException"));
    assert!(sqs(&aws, "ReceiveMessage", "{\"QueueUrl\":1}").contains("SerializationException"));
    assert!(ec2(&aws, "Version=2016-11-15").contains("<Code>MissingAction</Code>"));
    assert!(ec2(&aws, "Action=DescribeTags&Version=2010-01-01").contains("<Code>NoSuchVersion</Code>"));
}

#[test]
fn a_dropped_connection_ends_with_a_reset() {
    let aws = FakeAws::start();
    let describe = || {
        let headers = [("authorization", signed("ec2"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        post_raw(&aws, &headers, "Action=DescribeTags&Version=2016-11-15")
    };
    aws.fault(On::action("DescribeTags").nth(1), Fault::DropBeforeEffect);
    aws.fault(On::action("DescribeTags").nth(2), Fault::CutReply);

    let (dropped, dropped_end) = describe();
    let (cut, cut_end) = describe();

    assert_eq!(dropped, "");
    assert_eq!(dropped_end.unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert!(cut.starts_with("HTTP/1.1 200") && cut.contains("<?xml") && !cut.contains("</Describe"), "{cut}");
    assert_eq!(cut_end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn many_fakes_run_side_by_side() {
    let fakes: Vec<FakeAws> = (0..8).map(|_| FakeAws::start()).collect();
    for (n, aws) in fakes.iter().enumerate() {
        aws.create_queue("events");
        (0..n).for_each(|_| drop(aws.send("events", "body")));
    }
    for (n, aws) in fakes.iter().enumerate() {
        assert_eq!(aws.counts("events").visible, n);
    }
}
