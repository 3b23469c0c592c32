"""A local AWS for autotag's demo and end-to-end test: moto, and what moto lacks.

Each command prints one JSON object on stdout; an error is one line on stderr and exit status 1. `serve` starts the
server; the other commands find it by the ordinary `AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID` and
`AWS_SECRET_ACCESS_KEY`, and refuse to talk to anything but this machine.
"""

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

# `-I` leaves this folder out. What is compiled of its files does not belong there.
sys.path.insert(0, str(Path(__file__).parent))
sys.dont_write_bytecode = True

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from read_back import READERS, SETTINGS, alarms

Json = dict[str, Any]

STACK = "autotag"
DETAIL_TYPE = "AWS API Call via CloudTrail"
# The example ids of AWS's own documentation.
USER_NAME = "bob"
USER_PRINCIPAL_ID = "AIDACKCEVSQ6C2EXAMPLE"
USER_ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"

# How long `deliver` waits for the event to reach the queue.
DELIVERY_SECONDS = 2.0
# How long `supervise` gives a program to end by itself before it is killed.
GRACE_SECONDS = 30.0


class Failure(Exception):
    """Something that the caller has to know, in one line."""


def client(service: str, region: str | None = None) -> Any:
    """Gives the client of a service, in the caller's Region unless told, after making sure that it is a local one."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    if urlsplit(endpoint).hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Failure(f"AWS_ENDPOINT_URL must be that of a server on this machine, not {endpoint!r}")
    # Passed on explicitly, since AWS_ENDPOINT_URL_<SERVICE> and the user's configuration would otherwise come first.
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region or os.environ.get("AWS_REGION", "us-east-1"),
        config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}),
    )


# -- The server, and whatever else must not outlive its parent ---------------------------------------------------------


def serve(_: argparse.Namespace) -> None:
    """Starts moto on a free port, prints the endpoint, and ends when stdin closes.

    The kernel closes a pipe when the process at its other end dies, however it dies: that is why the server cannot
    outlive its parent, not even one that gets a SIGKILL.
    """
    from moto.server import ThreadedMotoServer

    from mend_moto import mend

    # What is left is the traceback of a failure inside of moto.
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # For what moto's CloudFormation makes by the API.
    os.environ["AWS_ENDPOINT_URL"] = f"http://{host}:{port}"
    mend(client)
    output({"endpoint": f"http://{host}:{port}"})
    wait_for_end_of_stdin()
    # Not `server.stop()`: that waits for requests in flight, among them a long poll.
    exit_now(0)


def supervise(arguments: argparse.Namespace) -> NoReturn:
    """Runs a program until stdin closes, then sends it SIGTERM; exits with the program's exit status.

    The program's output goes where this command's goes. It ends with its parent in the same way as `serve` does.
    """
    program: list[str] = arguments.program
    try:
        child = subprocess.Popen(program, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise Failure(f"cannot run {program[0]}: {error.strerror}") from error

    # Ctrl-C reaches the program too, which then has the time that it needs to end in order. (Handlers, not SIG_IGN: a
    # signal that is ignored stays ignored in a child.)
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())

    def stop_with_parent() -> None:
        wait_for_end_of_stdin()
        child.terminate()
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"local_aws: killed {program[0]}, which did not end on SIGTERM", file=sys.stderr, flush=True)
            child.kill()

    threading.Thread(target=stop_with_parent, daemon=True).start()
    status = child.wait()
    # A shell's convention for a program that died of a signal.
    exit_now(status if status >= 0 else 128 - status)


def wait_for_end_of_stdin() -> None:
    """Blocks until the other end of stdin is closed."""
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except (KeyboardInterrupt, OSError):
        pass


def exit_now(status: int) -> NoReturn:
    """Ends the process without waiting for its threads."""
    sys.stdout.flush()
    os._exit(status)


# -- CloudFormation ----------------------------------------------------------------------------------------------------


def deploy(arguments: argparse.Namespace) -> Json:
    """Deploys a template, and reads back by the services' own APIs what each of its outputs names.

    moto skips resource types that it does not know in silence, so an output that nothing here reads is an error.
    """
    cloudformation = client("cloudformation")
    parameters = [parameter.partition("=") for parameter in arguments.parameter]
    cloudformation.create_stack(
        StackName=arguments.stack,
        TemplateBody=Path(arguments.template).read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, _, value in parameters],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=arguments.stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    outputs = stack_outputs(arguments.stack)
    made = {name: READERS[name](client, value) for name, value in outputs.items() if name in READERS}
    unread = outputs.keys() - READERS.keys() - SETTINGS
    if unread:
        raise Failure(f"nothing reads back what the outputs {sorted(unread)} name")
    for rule in made["RuleArns"] if "RuleArns" in made else []:
        # A target with a role is a bus, to which events go as they are.
        complete_envelope(rule, [target for target in rule["targets"] if "RoleArn" not in target])
    return {"outputs": outputs, "resources": made, "alarms": alarms(client, arguments.stack)}


def stack_outputs(stack: str = STACK) -> dict[str, str]:
    """Gives the outputs of a deployed stack."""
    found = client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def complete_envelope(rule: Json, targets: list[Json]) -> None:
    """Makes a rule's targets get the envelope that EventBridge sends.

    moto's own lacks `account`. AWS never leaves it out, and the host rightly does without no field of the envelope, so
    the gap is closed here, with an input transformer that names all nine.
    """
    strings = ["version", "id", "detail-type", "source", "account", "region"]
    # `detail` last: moto replaces the placeholders one after the other, and looks into what it has put in already.
    others = ["time", "resources", "detail"]
    # `time` is a number here; moto turns it into text after the template is filled in.
    fields = [f'"{name}": "<{name}>"' for name in strings] + [f'"{name}": <{name}>' for name in others]
    transformer = {
        "InputPathsMap": {name: f"$.{name}" for name in strings + others},
        "InputTemplate": "{" + ", ".join(fields) + "}",
    }
    if not targets:
        return
    answer = client("events").put_targets(
        Rule=rule["arn"].rpartition("/")[2],
        EventBusName=rule["bus"],
        Targets=[target | {"InputTransformer": transformer} for target in targets],
    )
    if answer["FailedEntryCount"]:
        raise Failure(f"the rule {rule['arn']} refused its targets: {answer['FailedEntries']}")


# -- EC2, and the event that CloudTrail would write --------------------------------------------------------------------


def launch(arguments: argparse.Namespace) -> Json:
    """Runs an instance with its volumes and a network interface, and makes the event that this call causes on AWS."""
    ec2 = client("ec2")
    image = ec2.describe_images(
        Filters=[
            {"Name": "architecture", "Values": ["x86_64"]},
            {"Name": "root-device-type", "Values": ["ebs"]},
            {"Name": "virtualization-type", "Values": ["hvm"]},
        ]
    )["Images"][0]
    subnet = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][0]
    devices = [image["RootDeviceName"]] + [f"/dev/sd{letter}" for letter in "fghijklmnop"]
    request: Json = {
        "ImageId": image["ImageId"],
        "InstanceType": "t3.micro",
        "SubnetId": subnet["SubnetId"],
        "MinCount": 1,
        "MaxCount": 1,
        "BlockDeviceMappings": [
            {"DeviceName": device, "Ebs": {"VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True}}
            for device in devices[: arguments.volumes]
        ],
    }
    called_at = datetime.now(timezone.utc)
    answer = ec2.run_instances(**request)
    instance = answer["Instances"][0]["InstanceId"]
    volumes = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])["Volumes"]
    interfaces = ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": [instance]}])
    return {
        "event": run_instances_record(request, answer, called_at),
        "instance": instance,
        "volumes": [volume["VolumeId"] for volume in volumes],
        "network_interfaces": [eni["NetworkInterfaceId"] for eni in interfaces["NetworkInterfaces"]],
    }


def run_instances_record(request: Json, answer: Json, called_at: datetime) -> Json:
    """Gives the CloudTrail record of a RunInstances call, which EventBridge delivers as an event's `detail`."""
    account = client("sts").get_caller_identity()["Account"]
    request_id = str(uuid.uuid4())
    return {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": USER_PRINCIPAL_ID,
            "arn": f"arn:aws:iam::{account}:user/{USER_NAME}",
            "accountId": account,
            "accessKeyId": USER_ACCESS_KEY_ID,
            "userName": USER_NAME,
        },
        "eventTime": called_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": client("ec2").meta.region_name,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {
            "instancesSet": {"items": [{"imageId": request["ImageId"], "minCount": 1, "maxCount": 1}]},
            "instanceType": request["InstanceType"],
            "subnetId": request["SubnetId"],
            "blockDeviceMapping": {
                "items": [
                    {"deviceName": mapping["DeviceName"], "ebs": first_letters_lowered(mapping["Ebs"])}
                    for mapping in request["BlockDeviceMappings"]
                ]
            },
            "monitoring": {"enabled": False},
            "disableApiTermination": False,
        },
        "responseElements": {
            "requestId": request_id,
            "reservationId": answer["ReservationId"],
            "ownerId": account,
            "groupSet": {},
            "instancesSet": {"items": [instance_item(instance, called_at) for instance in answer["Instances"]]},
        },
        "requestID": request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def instance_item(instance: Json, called_at: datetime) -> Json:
    """Gives an instance as CloudTrail writes it in `responseElements.instancesSet.items`."""
    return {
        "instanceId": instance["InstanceId"],
        "imageId": instance["ImageId"],
        "currentInstanceBootMode": "legacy-bios",
        "instanceState": {"code": 0, "name": "pending"},
        "privateDnsName": instance.get("PrivateDnsName", ""),
        "amiLaunchIndex": instance.get("AmiLaunchIndex", 0),
        "productCodes": {},
        "instanceType": instance["InstanceType"],
        "launchTime": milliseconds(called_at),
        "placement": {"availabilityZone": instance["Placement"]["AvailabilityZone"], "tenancy": "default"},
        "monitoring": {"state": "disabled"},
        "subnetId": instance["SubnetId"],
        "vpcId": instance["VpcId"],
        "privateIpAddress": instance.get("PrivateIpAddress", ""),
        "stateReason": {"code": "pending", "message": "pending"},
        "architecture": instance["Architecture"],
        "rootDeviceType": "ebs",
        "rootDeviceName": instance["RootDeviceName"],
        # Always empty: when RunInstances answers, the volumes do not exist yet.
        "blockDeviceMapping": {},
        "virtualizationType": instance["VirtualizationType"],
        "hypervisor": "xen",
        # moto tells an instance's groups only if the call named them, AWS always does.
        "groupSet": group_set(instance["NetworkInterfaces"][0].get("Groups", [])),
        "sourceDestCheck": True,
        "networkInterfaceSet": {
            "items": [interface_item(interface, called_at) for interface in instance["NetworkInterfaces"]]
        },
        "ebsOptimized": False,
    }


def interface_item(interface: Json, called_at: datetime) -> Json:
    """Gives a network interface as CloudTrail writes it in an instance's `networkInterfaceSet.items`."""
    attachment = interface["Attachment"]
    address = interface["PrivateIpAddress"]
    return {
        "networkInterfaceId": interface["NetworkInterfaceId"],
        "subnetId": interface["SubnetId"],
        "vpcId": interface["VpcId"],
        "ownerId": interface["OwnerId"],
        "status": "in-use",
        "macAddress": interface["MacAddress"],
        "privateIpAddress": address,
        "sourceDestCheck": True,
        "interfaceType": "interface",
        "groupSet": group_set(interface.get("Groups", [])),
        "attachment": {
            "attachmentId": attachment["AttachmentId"],
            "deviceIndex": attachment.get("DeviceIndex", 0),
            "status": "attaching",
            "attachTime": milliseconds(called_at),
            "deleteOnTermination": True,
        },
        "privateIpAddressesSet": {"item": [{"privateIpAddress": address, "primary": True}]},
        "ipv6AddressesSet": {},
        "tagSet": {},
    }


def group_set(groups: list[Json]) -> Json:
    """Gives security groups as CloudTrail writes them: an empty list is an empty object."""
    return {"items": [first_letters_lowered(group) for group in groups]} if groups else {}


def first_letters_lowered(item: Json) -> Json:
    """Gives an item of an EC2 answer under the names that CloudTrail has for it."""
    return {key[0].lower() + key[1:]: value for key, value in item.items()}


def milliseconds(time: datetime) -> int:
    """Gives a time as CloudTrail writes it inside of EC2's answers."""
    return int(time.timestamp()) * 1000


# -- The way of the event, and what came of it -------------------------------------------------------------------------


def deliver(arguments: argparse.Namespace) -> Json:
    """Gives a CloudTrail record to EventBridge as AWS does, and reports whether the queue has one message more."""
    text = sys.stdin.read() if arguments.file == "-" else Path(arguments.file).read_text(encoding="utf-8")
    record = json.loads(text)
    if not isinstance(record, dict) or "eventSource" not in record:
        raise Failure("this is no CloudTrail record: it has no `eventSource`")
    queue_url = arguments.queue_url or stack_outputs()["QueueUrl"]
    before = message_counts(queue_url)
    entry = {
        "Source": "aws." + record["eventSource"].partition(".")[0],
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps(record),
    }
    answer = client("events").put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        raise Failure(f"EventBridge refused the event: {answer['Entries'][0].get('ErrorMessage')}")
    deadline = time.monotonic() + DELIVERY_SECONDS
    delivered = False
    while not delivered and time.monotonic() < deadline:
        after = message_counts(queue_url)
        delivered = sum(after.values()) == sum(before.values()) + 1
        if not delivered:
            time.sleep(0.1)
    return {"id": answer["Entries"][0]["EventId"], "delivered": delivered}


def queue(arguments: argparse.Namespace) -> Json:
    """Counts the messages in a queue and in its dead-letter queue."""
    sqs = client("sqs")
    redrive = json.loads(queue_attributes(arguments.url)["RedrivePolicy"])
    dead_letters = sqs.get_queue_url(QueueName=redrive["deadLetterTargetArn"].rpartition(":")[2])["QueueUrl"]
    return {"queue": message_counts(arguments.url), "dead_letter_queue": message_counts(dead_letters)}


def messages(arguments: argparse.Namespace) -> Json:
    """Shows the bodies of the messages that are visible in a queue, and leaves them visible."""
    sqs = client("sqs")
    bodies: dict[str, str] = {}
    while True:
        answer = sqs.receive_message(QueueUrl=arguments.url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        new = {message["MessageId"]: message["Body"] for message in answer.get("Messages", [])}
        if not new.keys() - bodies.keys():
            return {"messages": list(bodies.values())}
        bodies |= new


def queue_attributes(url: str) -> dict[str, str]:
    """Gives all attributes of a queue."""
    # A queue's URL says its Region where it is as on AWS, which it is not always here.
    service, *region = (urlsplit(url).hostname or "").split(".")
    sqs = client("sqs", region[0] if service == "sqs" else None)
    attributes: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return attributes


def message_counts(url: str) -> dict[str, int]:
    """Counts the messages of one queue: those that wait, and those that are in flight."""
    attributes = queue_attributes(url)
    return {
        "visible": int(attributes["ApproximateNumberOfMessages"]),
        "in_flight": int(attributes["ApproximateNumberOfMessagesNotVisible"]),
    }


def tags(arguments: argparse.Namespace) -> Json:
    """Gives the tags of resources; of a resource without tags, an empty object."""
    found: dict[str, dict[str, str]] = {resource: {} for resource in arguments.ids}
    pages = client("ec2").get_paginator("describe_tags")
    for page in pages.paginate(Filters=[{"Name": "resource-id", "Values": arguments.ids}]):
        for tag in page["Tags"]:
            found[tag["ResourceId"]][tag["Key"]] = tag["Value"]
    return found


# -- The command line --------------------------------------------------------------------------------------------------


def volume_count(text: str) -> int:
    """Reads the value of `--volumes`."""
    count = int(text)
    if not 1 <= count <= 12:
        raise argparse.ArgumentTypeError("must be 1 to 12")
    return count


def parser() -> argparse.ArgumentParser:
    """Describes the command line."""
    root = argparse.ArgumentParser(prog="local_aws.py", description=(__doc__ or "").partition("\n")[0])
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], Json | None]) -> argparse.ArgumentParser:
        summary = (run.__doc__ or "").partition("\n")[0]
        added = commands.add_parser(name, help=summary, description=summary)
        added.set_defaults(run=run)
        return added

    command("serve", serve)
    command("supervise", supervise).add_argument("program", nargs="+", metavar="PROGRAM", help="after a `--`")
    deployed = command("deploy", deploy)
    deployed.add_argument("template", metavar="TEMPLATE", help="a CloudFormation template")
    deployed.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template"
    )
    deployed.add_argument("--stack", default=STACK, metavar="NAME", help=f"the stack's name (default: {STACK})")
    command("launch", launch).add_argument(
        "--volumes", type=volume_count, default=2, help="how many, with the root volume (default: 2)"
    )
    delivered = command("deliver", deliver)
    delivered.add_argument("file", metavar="FILE", help="a CloudTrail record, `-` for stdin")
    delivered.add_argument("--queue-url", metavar="URL", help=f"the queue (default: that of the stack {STACK})")
    command("queue", queue).add_argument("url", metavar="URL", help="the queue's URL")
    command("messages", messages).add_argument("url", metavar="URL", help="the queue's URL")
    command("tags", tags).add_argument("ids", nargs="+", metavar="ID", help="ids of EC2 resources")
    return root


def output(value: Json) -> None:
    """Prints a command's answer."""
    print(json.dumps(value, default=str), flush=True)


def main() -> int:
    """Runs the command that the command line names."""
    arguments = parser().parse_args()
    try:
        answer = arguments.run(arguments)
    except (Failure, BotoCoreError, ClientError, OSError) as error:
        print(f"local_aws: {error}", file=sys.stderr)
        return 1
    except Exception as error:  # one line also for the unexpected, a fault of moto's for example
        print(f"local_aws: {type(error).__name__}: {str(error).partition(chr(10))[0]}", file=sys.stderr)
        return 1
    if answer is not None:
        output(answer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
