"""The Lambda of the AWS Security Blog's "How to Automatically Tag Amazon EC2 Resources in Response to API Events", written anew
in the same shape: the same calls of boto3, in the same order, one event at a time. It logs nothing, where the article's logs each
event.

    lambda.py EVENTS each|once

works on each line of the file EVENTS as one invocation, all in one warm process, and prints how long each took, in seconds, as a
JSON list. The article makes its boto3 resource in every invocation, `each`; `once` keeps the first.
"""

import json
import sys
import time

import boto3

kept = None


def resource(keep):
    global kept
    if not keep:
        return boto3.resource("ec2")
    if kept is None:
        kept = boto3.resource("ec2")
    return kept


def handler(event, keep):
    detail = event["detail"]
    name = detail["eventName"]
    principal = detail["userIdentity"]["principalId"]
    if detail["userIdentity"]["type"] == "IAMUser":
        user = detail["userIdentity"]["userName"]
    else:
        user = principal.split(":")[1]
    answer = detail["responseElements"]
    if not answer:
        return
    ec2 = resource(keep)
    ids = []
    if name == "CreateVolume":
        ids.append(answer["volumeId"])
    elif name == "RunInstances":
        ids.extend(item["instanceId"] for item in answer["instancesSet"]["items"])
        for instance in ec2.instances.filter(InstanceIds=list(ids)):
            ids.extend(volume.id for volume in instance.volumes.all())
            ids.extend(interface.id for interface in instance.network_interfaces)
    elif name == "CreateImage":
        ids.append(answer["imageId"])
    elif name == "CreateSnapshot":
        ids.append(answer["snapshotId"])
    if ids:
        tags = [{"Key": "Owner", "Value": user}, {"Key": "PrincipalId", "Value": principal}]
        ec2.create_tags(Resources=ids, Tags=tags)


def main(path, how):
    took = []
    with open(path, encoding="utf-8") as events:
        for line in events:
            begin = time.perf_counter()
            handler(json.loads(line), how == "once")
            took.append(time.perf_counter() - begin)
    print(json.dumps(took))


main(*sys.argv[1:])
