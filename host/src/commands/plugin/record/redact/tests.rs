use serde_json::json;

use super::*;

fn redacted(mut event: Value) -> Value {
    redact(&mut event).unwrap();
    event
}

/// The parameters of a request after it was recorded.
fn parameters(parameters: Value) -> Value {
    redacted(json!({"detail": {"requestParameters": parameters}}))["detail"]["requestParameters"].take()
}

#[test]
fn the_same_is_replaced_by_the_same_wherever_it_stands() {
    let event = redacted(json!({"detail": {
        "eventSource": "sns.amazonaws.com",
        "eventName": "CreateTopic",
        "awsRegion": "eu-central-1",
        "recipientAccountId": "987654321098",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.33 host/janes-laptop",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAQRSTUVWXYZABCDEFG:mallory.smith",
            "arn": "arn:aws:sts::987654321098:assumed-role/billing-admin/mallory.smith",
            "accessKeyId": "ASIAQRSTUVWXYZABCDEF",
            "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "billing-admin"}}
        },
        "requestParameters": {"name": "payroll", "tags": [{"key": "team", "value": "finance"}]},
        "responseElements": {"topicArn": "arn:aws:sns:eu-central-1:987654321098:payroll"}
    }}));
    let detail = &event["detail"];
    assert_eq!(detail["recipientAccountId"], "111122223333");
    assert_eq!(detail["userAgent"], "aws-cli/2.33");
    let caller = &detail["userIdentity"];
    assert!(caller["principalId"].as_str().unwrap().ends_with(":alice"), "{caller}");
    let role = caller["sessionContext"]["sessionIssuer"]["userName"].as_str().unwrap();
    assert_eq!(caller["arn"], format!("arn:aws:sts::111122223333:assumed-role/{role}/alice"));
    let name = detail["requestParameters"]["name"].as_str().unwrap();
    assert_eq!(detail["responseElements"]["topicArn"], format!("arn:aws:sns:eu-central-1:111122223333:{name}"));
    assert_eq!((&detail["eventName"], &detail["awsRegion"]), (&json!("CreateTopic"), &json!("eu-central-1")));
    let text = event.to_string();
    for personal in ["mallory", "payroll", "billing", "finance", "987654321098", "198.51", "QRSTUVWXYZ", "laptop"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[test]
fn what_says_what_happened_is_kept() {
    let kept = json!({"detail": {
        "source": "aws.ec2", "eventName": "CreateVolume",
        "requestParameters": {
            "state": "pending", "instanceState": {"code": 0, "name": "pending"}, "availabilityZoneName": "eu-central-1a",
            "deviceName": "/dev/sda1", "size": 8, "encrypted": false, "roleName": "AWSServiceRoleForAutoScaling",
            "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "cidrBlock": "10.0.0.0/16", "keyMaterialFormat": "pem", "groupName": "default", "flag": "true",
        },
        "userIdentity": {
            "type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com",
            "principalId": "AROA000000000EXAMPLE1:AWSCloudFormation",
            "arn": "arn:aws:sts::111122223333:assumed-role/aws-service-role/AWSCloudFormation"
        }
    }});
    assert_eq!(redacted(kept.clone()), kept);
}

#[test]
fn a_name_does_not_change_words_of_the_same_spelling() {
    let request = parameters(json!({
        "masterUsername": "postgres", "engine": "postgres", "instanceType": "t3.nano", "minCount": "1",
        "subnetId": "subnet-0123456789abcdef0", "resourceType": "subnet",
        "subnetArn": "arn:aws:ec2:eu-central-1:111122223333:subnet/subnet-0123456789abcdef0",
        "tags": [{"key": "Name", "value": "subnet"}, {"key": "size", "value": "t3.nano"}, {"key": "n", "value": "1"}],
    }));
    assert_eq!((&request["engine"], &request["instanceType"]), (&json!("postgres"), &json!("t3.nano")));
    assert_eq!((&request["resourceType"], &request["minCount"]), (&json!("subnet"), &json!("1")));
    let id = request["subnetId"].as_str().unwrap();
    assert!(id.starts_with("subnet-0000"), "{request}");
    assert_eq!(request["subnetArn"], format!("arn:aws:ec2:eu-central-1:111122223333:subnet/{id}"));
    assert_ne!(request["tags"][0]["value"], "subnet");
}

#[test]
fn root_short_names_and_names_with_a_meaning_stay_what_they_are() {
    let event = redacted(json!({"detail": {"userIdentity": {
        "arn": "arn:aws:iam::987654321098:user/jd", "userName": "jd", "principalId": "AIDAQRSTUVWXYZABCDEFG",
    }, "requestParameters": {
        "rootArn": "arn:aws:iam::987654321098:root", "bucketName": "corp--euc1-az1--x-s3", "snapshotIdentifier": "rds:corp",
        "roleName": "AWSReservedSSO_CorpAdmins_0a1b2c3d4e5f6a7b",
    }}}));
    let detail = &event["detail"];
    assert_eq!(detail["userIdentity"]["arn"], "arn:aws:iam::111122223333:user/alice");
    let request = &detail["requestParameters"];
    assert_eq!(request["rootArn"], "arn:aws:iam::111122223333:root");
    let like = |key: &str, begin: &str, end: &str| {
        let name = request[key].as_str().unwrap();
        assert!(name.starts_with(begin) && name.ends_with(end) && !name.contains("corp"), "{name}");
    };
    like("bucketName", "name-", "--euc1-az1--x-s3");
    like("snapshotIdentifier", "rds:name-", "");
    like("roleName", "AWSReservedSSO_name-", "_0123456789abcdef");
}

#[test]
fn what_is_personal_is_found_in_odd_places() {
    let request = parameters(json!({
        "code": {"s3Bucket": "corp-code"}, "functionName": "jane-payroll", "description": "for Jane Doe",
        "policy": "{\"Principal\": {\"AWS\": \"arn:aws:iam::987654321098:role/CorpAdmin\"}, \"Ip\": \"203.0.113.7/32\"}",
        "tagSpecification": [{"key": "Owner", "value": "Jane Doe", "propagateAtLaunch": true}],
        "kms": [{"tagKey": "Owner", "tagValue": "Jane Doe"}],
        "masterUserPassword": "hunter2", "publicKeyMaterial": "ssh-rsa AAAA jane@laptop",
        "environment": {"variables": {"PLACE": "Corp HQ"}},
        "members": {"jürgen.müller@corp.example": "admin"}, "userNames": ["jane-two"],
        "peer": "203.0.113.9:443", "machine": "ip-10-0-0-12.ec2.internal", "network": "0A:1B:2C:3D:4E:5F",
        "backup": "backup_987654321098", "org": "o-a1b2c3d4e5", "ownerId": 987_654_321_098_u64,
        "url": "https://git.example/corp-secret/infra?user=jane-url", "source": "/home/jane@corp.example",
    }));
    assert_eq!(
        (&request["tagSpecification"][0]["key"], &request["kms"][0]["tagKey"]),
        (&json!("Owner"), &json!("Owner"))
    );
    assert_eq!(request["ownerId"], 111_122_223_333_u64);
    let text = request.to_string();
    let personal = [
        "jane",
        "Jane",
        "corp-code",
        "CorpAdmin",
        "203.0.113",
        "hunter2",
        "AAAA",
        "Corp HQ",
        "müller",
        "10-0-0-12",
        "0A:1B",
        "987654321098",
        "a1b2c3d4e5",
        "corp-secret",
    ];
    for personal in personal {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[test]
fn accounts_addresses_and_secrets_are_found_in_every_field() {
    let request = parameters(json!({
        "kmsKey": "arn:aws:kms:eu-central-1:987654321098:key/corp-key", "sseKmsKey": "987654321098",
        "publicKey": "ssh-rsa AAAAB3 jane@corp.example", "apiKey": "sk_live_1", "secretKey": "hidden-1",
        "clientSecretKey": "hidden-2", "accessToken": "hidden-3", "token": "hidden-4",
        "s3Key": "home/jane.doe@corp.example/x", "family": "jane-payroll",
        "resourceTypes": ["arn:aws:s3:::corp-bucket/x"], "instanceType": "t3.nano", "clientToken": "a-token",
        "secretArn": "arn:aws:secretsmanager:eu-central-1:987654321098:secret:corp-AbCdEf", "dBParameterGroupFamily": "mysql8.0",
    }));
    let kept = (&request["instanceType"], &request["clientToken"], &request["dBParameterGroupFamily"]);
    assert_eq!(kept, (&json!("t3.nano"), &json!("a-token"), &json!("mysql8.0")));
    assert!(
        request["secretArn"].as_str().unwrap().starts_with("arn:aws:secretsmanager:eu-central-1:111122223333:secret:")
    );
    let text = request.to_string();
    for personal in ["987654321098", "corp", "AAAAB3", "jane", "sk_live", "hidden-"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}

#[test]
fn a_short_session_is_replaced_wherever_it_says_who_calls() {
    let event = redacted(json!({"detail": {"userIdentity": {
        "principalId": "AROAQRSTUVWXYZABCDEFG:jd", "arn": "arn:aws:sts::987654321098:assumed-role/ops/jd",
    }}}));
    let caller = &event["detail"]["userIdentity"];
    assert!(caller["principalId"].as_str().unwrap().ends_with(":alice"), "{caller}");
    assert!(caller["arn"].as_str().unwrap().ends_with("/alice"), "{caller}");
}

#[test]
fn secrets_are_found_beside_their_names_and_by_their_form() {
    let request = parameters(json!({
        "parameters": [{"parameterKey": "DBPassword", "parameterValue": "hidden-1"}],
        "environment": [{"name": "STAGE", "value": "hidden-2"}, {"name": "RETRIES", "value": 3}],
        "tags": [{"key": "api-token", "value": "hidden-3"}, {"key": "Name", "value": "web"}],
        "variables": {"DB_PASSWORD": "hidden-4"}, "authorization": "Bearer hidden-5", "apiToken": "hidden-6",
        "command": ["serve", "--pass", "hidden-7", "--password=hidden-8", "TOKEN=hidden-9", "--port", "80"],
        "remote": "https://ghp_hidden0123456789@git.example", "note": "use eyJhidden.hidden0123456789",
        "sessionCredentialFromConsole": "true", "nextToken": "page-2", "clientRequestToken": "once",
    }));
    let text = request.to_string();
    assert!(!text.contains("hidden"), "{text}");
    assert_eq!(request["environment"][0]["name"], "STAGE");
    assert_eq!(request["environment"][1]["value"], 3);
    assert_eq!(request["tags"][0]["key"], "api-token");
    assert_eq!(request["command"][5], "--port");
    assert_eq!(request["command"][6], "80");
    assert_eq!(request["sessionCredentialFromConsole"], "true");
    assert_eq!((&request["nextToken"], &request["clientRequestToken"]), (&json!("page-2"), &json!("once")));
}

#[test]
fn an_alias_a_host_and_an_account_as_a_number_are_replaced_and_an_apis_own_path_is_not() {
    let request = parameters(json!({
        "kmsMasterKeyId": "alias/janes-key", "clientProvidedHostHeader": "jane.corp.example",
        "publicDnsName": "ec2-203-0-113-77.eu-central-1.compute.amazonaws.com", "accountNumber": 987_654_321_098_u64,
        "location": "https://route53.amazonaws.com/2013-04-01/hostedzone/Z0123", "id": "/hostedzone/Z0123",
    }));
    assert_eq!(request["accountNumber"], 111_122_223_333_u64);
    let zone = request["id"].as_str().unwrap();
    assert!(zone.starts_with("/hostedzone/name-"), "{zone}");
    assert_eq!(request["location"], format!("https://route53.amazonaws.com/2013-04-01{zone}"));
    let text = request.to_string();
    for personal in ["jane", "203-0-113", "987654321098"] {
        assert!(!text.contains(personal), "{personal}: {text}");
    }
}
