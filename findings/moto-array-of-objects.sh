#!/bin/sh
# moto 5.2.5 (PyPI): a rule never looks into an array of objects, and so delivers the opposite of what EventBridge does.
#
# Expected: EventBridge reads the fields of objects in an array as if the array were not there. CloudTrail's events have
# many such arrays. event-ruler, the engine that AWS has published, describes it:
# https://github.com/aws/event-ruler/blob/main/README.md ("JSON Array Matching")
#
# What happens: moto takes the array for one value and looks no further. A rule that asks for a value in there delivers
# nothing, where AWS delivers the event. A rule that asks for `exists: false` delivers it, where AWS delivers nothing.
# Arrays of text do work.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[events,sqs]==5.2.5' 'boto3==1.44.5'

cat >finding.py <<'END'
import json

import boto3
from moto import mock_aws


@mock_aws
def delivered(pattern, detail):
    """Tells whether a rule delivers an event to its queue."""
    events, sqs = (boto3.client(service, region_name="us-east-1") for service in ("events", "sqs"))
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="rule", EventPattern=json.dumps({"detail": pattern}))
    events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn}])
    events.put_events(Entries=[{"Source": "example", "DetailType": "example", "Detail": json.dumps(detail)}])
    return "Messages" in sqs.receive_message(QueueUrl=queue)


for pattern, detail in [
    ({"items": {"type": ["t3.micro"]}}, {"items": [{"type": "t3.micro"}]}),
    ({"items": {"type": [{"exists": False}]}}, {"items": [{"type": "t3.micro"}]}),
    ({"items": {"type": ["t3.micro"]}}, {"items": {"type": "t3.micro"}}),
    ({"items": {"type": [{"exists": False}]}}, {"items": {"type": "t3.micro"}}),
    ({"items": ["t3.micro"]}, {"items": ["t3.micro", "t3.nano"]}),
]:
    verdict = "delivered" if delivered(pattern, detail) else "not delivered"
    print(f"{verdict:13} {json.dumps(pattern)} on {json.dumps(detail)}")
END

cat >expected <<'END'
not delivered {"items": {"type": ["t3.micro"]}} on {"items": [{"type": "t3.micro"}]}
delivered     {"items": {"type": [{"exists": false}]}} on {"items": [{"type": "t3.micro"}]}
delivered     {"items": {"type": ["t3.micro"]}} on {"items": {"type": "t3.micro"}}
not delivered {"items": {"type": [{"exists": false}]}} on {"items": {"type": "t3.micro"}}
delivered     {"items": ["t3.micro"]} on {"items": ["t3.micro", "t3.nano"]}
END

unset AWS_PROFILE
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true venv/bin/python finding.py >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "moto behaves otherwise than this finding says" >&2
    exit 1
fi
