#!/bin/sh
# moto 5.2.5 (PyPI): an event that a rule sends to a queue lacks its `account`, though the rule can ask for it.
#
# Expected: a target without an input transformer gets the event as it is, and `account` is a field of every event:
# https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
#
# What happens: a rule that asks for the account delivers the event, so moto knows it. The message has the other eight
# fields and not this one. With an input transformer that names it, `account` is there. A consumer that rightly insists
# on all nine refuses every event of moto's.
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

TRANSFORMER = {"InputPathsMap": {"account": "$.account"}, "InputTemplate": '{"account": "<account>"}'}


@mock_aws
def message(account, **target):
    """Gives what arrives in the queue of a rule that asks for an account."""
    events, sqs = (boto3.client(service, region_name="us-east-1") for service in ("events", "sqs"))
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="rule", EventPattern=json.dumps({"account": [account]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": arn, **target}])
    events.put_events(Entries=[{"Source": "example", "DetailType": "example", "Detail": "{}"}])
    messages = sqs.receive_message(QueueUrl=queue).get("Messages", [])
    return json.loads(messages[0]["Body"]) if messages else {}


print("asked for the account:  ", *sorted(message("123456789012")))
print("asked for another one:  ", *sorted(message("111122223333")) or ["nothing"])
print("with a transformer:     ", message("123456789012", InputTransformer=TRANSFORMER))
END

cat >expected <<'END'
asked for the account:   detail detail-type id region resources source time version
asked for another one:   nothing
with a transformer:      {'account': '123456789012'}
END

unset AWS_PROFILE
AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true venv/bin/python finding.py >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "moto behaves otherwise than this finding says" >&2
    exit 1
fi
