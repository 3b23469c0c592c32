"""Reads back from the local AWS what a stack's outputs name, by the services' own APIs."""

import json
from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
# Gives the client of a service.
Client = Callable[[str], Any]


def queue_with_policy(client: Client, url_or_arn: str) -> Json:
    """Gives a queue's attributes, with what is JSON in them as JSON."""
    name = url_or_arn.replace("/", ":").rpartition(":")[2]
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    attributes: Json = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for key in ("Policy", "RedrivePolicy", "RedriveAllowPolicy"):
        if key in attributes:
            attributes[key] = json.loads(attributes[key])
    return attributes


def role(client: Client, arn: str) -> Json:
    """Gives whom a role trusts, and what it may."""
    iam, name = client("iam"), arn.rpartition("/")[2]
    found = iam.get_role(RoleName=name)["Role"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    return {
        "arn": found["Arn"],
        "trust": found["AssumeRolePolicyDocument"],
        "attached": [policy["PolicyArn"] for policy in attached],
        "inline": [iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"] for policy in inline],
    }


def group(client: Client, name: str) -> Json:
    """Gives the policies of a group of users."""
    attached = client("iam").list_attached_group_policies(GroupName=name)["AttachedPolicies"]
    return {"attached": [policy["PolicyArn"] for policy in attached]}


def topic(client: Client, arn: str) -> Json:
    """Gives an SNS topic's policy and subscriptions."""
    sns = client("sns")
    subscriptions = sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    return {
        "policy": json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]),
        "subscriptions": [subscription["Endpoint"] for subscription in subscriptions],
    }


def key(client: Client, arn: str) -> Json:
    """Gives a KMS key's state and policy."""
    kms = client("kms")
    policy = kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]
    rotates = kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]
    state = kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]
    return {"state": state, "rotates": rotates, "policy": json.loads(policy)}


def bus(client: Client, arn: str) -> Json:
    """Gives an event bus with its policy, and its rules."""
    events, name = client("events"), arn.rpartition("/")[2]
    policy = events.describe_event_bus(Name=name).get("Policy")
    rules = events.list_rules(EventBusName=name)["Rules"]
    return {"policy": json.loads(policy) if policy else None, "rules": [rule["Arn"] for rule in rules]}


def dashboard(client: Client, name: str) -> Any:
    """Gives what a CloudWatch dashboard shows."""
    return json.loads(client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])


def service(client: Client, arn: str) -> Json:
    """Gives an ECS service, and the definition of its tasks."""
    ecs, cluster = client("ecs"), arn.split("/")[1]
    found = ecs.describe_services(cluster=cluster, services=[arn])["services"][0]
    task = ecs.describe_task_definition(taskDefinition=found["taskDefinition"])["taskDefinition"]
    return {"service": found, "task": task}


def cluster(client: Client, name: str) -> Json:
    """Gives an ECS cluster."""
    found: Json = client("ecs").describe_clusters(clusters=[name])["clusters"][0]
    return found


def log_group(client: Client, name: str) -> Json:
    """Gives a log group."""
    found: Json = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    return found


def security_group(client: Client, group_id: str) -> Json:
    """Gives who may come through a security group, and who may leave."""
    found = client("ec2").describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    return {"in": found["IpPermissions"], "out": found["IpPermissionsEgress"]}


def instance_profile(client: Client, name: str) -> Json:
    """Gives the roles of an instance profile."""
    profile = client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    return {"roles": [found["Arn"] for found in profile["Roles"]]}


def alarms(client: Client, stack: str) -> list[Json]:
    """Gives the alarms of a stack, and of those that calculate the dimensions of each metric that they do it with."""
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{stack}-")["MetricAlarms"]
    return [
        {
            "name": alarm["AlarmName"],
            "actions": alarm["AlarmActions"],
            "metrics": [
                {dimension["Name"]: dimension["Value"] for dimension in metric["MetricStat"]["Metric"]["Dimensions"]}
                for metric in alarm.get("Metrics", [])
                if "MetricStat" in metric
            ],
        }
        for alarm in found
    ]


def rules_with_targets(client: Client, arns: str) -> list[Json]:
    """Gives EventBridge rules, each with its pattern as JSON and its targets."""
    events, found = client("events"), []
    for arn in arns.split(","):
        *path, name = arn.partition("rule/")[2].split("/")
        bus = path[0] if path else "default"
        rule = events.describe_rule(Name=name, EventBusName=bus)
        targets = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
        pattern = json.loads(rule["EventPattern"])
        found.append({"arn": rule["Arn"], "bus": bus, "state": rule["State"], "pattern": pattern, "targets": targets})
    return found


def policy_document(client: Client, arn: str) -> Any:
    """Gives the document of an IAM policy's default version."""
    iam = client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


# How to read back what an output names.
READERS: dict[str, Callable[[Client, str], Any]] = {
    "QueueUrl": queue_with_policy,
    "QueueArn": queue_with_policy,
    "DeadLetterQueueUrl": queue_with_policy,
    "DeadLetterQueueArn": queue_with_policy,
    "DeliveryDeadLetterQueueUrl": queue_with_policy,
    "DeliveryDeadLetterQueueArn": queue_with_policy,
    "RuleArns": rules_with_targets,
    "MemberBusArn": bus,
    "HostPolicyArn": policy_document,
    "HostRoleArn": role,
    "HostInstanceProfileName": instance_profile,
    "ForwardingRoleArn": role,
    "MemberRoleArn": role,
    "RestrictedGroupName": group,
    "RestrictionsPolicyArn": policy_document,
    "TagProtectionPolicyArn": policy_document,
    "KeyArn": key,
    "AlarmTopicArn": topic,
    "DashboardName": dashboard,
    "ServiceArn": service,
    "ClusterName": cluster,
    "LogGroupName": log_group,
    "SecurityGroupId": security_group,
}
# Outputs that name nothing: they are for the host's configuration, and for the policy of a key. The service is read by
# its ARN.
SETTINGS = {"TagKeys", "Accounts", "KeyPolicyStatement", "ServiceName"}
