"""What moto lacks for autotag's templates.

Conditions of conditions, lists in parameters' defaults, `AWS::NoValue` in lists and outputs with a condition mean what
they mean on AWS, and resources of the types below are made, by the ordinary API, instead of being skipped in silence.
What a rule sends to an event bus stays as it was.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.events.models import EventBus, Rule, events_backends
from moto.iam.models import Role
from moto.kms.models import KmsBackend

Json = dict[str, Any]
# Gives the client of a service of this local AWS, in a Region.
AnyClient = Callable[[str, str], Any]
# The same, in the stack's.
Client = Callable[[str], Any]


def queue_policy(client: Client, _: str, properties: Json) -> None:
    """Makes an AWS::SQS::QueuePolicy."""
    policy = {"Policy": json.dumps(properties["PolicyDocument"])}
    for url in properties["Queues"]:
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes=policy)


def group(client: Client, name: str, properties: Json) -> str:
    """Makes an AWS::IAM::Group."""
    iam = client("iam")
    name = properties.get("GroupName", name)
    iam.create_group(GroupName=name)
    for arn in properties.get("ManagedPolicyArns", []):
        iam.attach_group_policy(GroupName=name, PolicyArn=arn)
    return name


def alarm(client: Client, name: str, properties: Json) -> None:
    """Makes an AWS::CloudWatch::Alarm."""
    # A parameter of the type Number comes as text.
    numbers = {"Threshold": float(properties["Threshold"])}
    client("cloudwatch").put_metric_alarm(**{"AlarmName": name} | properties | numbers)


def topic_policy(client: Client, _: str, properties: Json) -> None:
    """Makes an AWS::SNS::TopicPolicy."""
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def bus_policy(client: Client, _: str, properties: Json) -> None:
    """Makes an AWS::Events::EventBusPolicy."""
    statement = {"Sid": properties["StatementId"]} | properties["Statement"]
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("events").put_permission(EventBusName=properties["EventBusName"], Policy=policy)


def subscription(client: Client, _: str, properties: Json) -> str:
    """Makes an AWS::SNS::Subscription."""
    arn: str = client("sns").subscribe(**properties)["SubscriptionArn"]
    return arn


MISSING: dict[str, Callable[[Client, str, Json], str | None]] = {
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::IAM::Group": group,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SNS::Subscription": subscription,
    "AWS::Events::EventBusPolicy": bus_policy,
}


def mend(client: AnyClient) -> None:
    """Mends moto in this process."""
    mend_functions()
    mend_resources(client)
    mend_buses()


def mend_functions() -> None:
    """Mends conditions, lists and exports."""
    cleaned = parsing.clean_json

    def clean(value: Any, resources: Any) -> Any:
        if isinstance(value, list):
            return [element for element in (clean(one, resources) for one in value) if element is not None]
        return cleaned(value, resources)

    def is_true(condition: Any, resources: Any, known: Any) -> bool:
        [(operator, operands)] = condition.items()
        if operator in ("Condition", "Fn::Condition"):
            return bool(known[operands])
        if operator == "Fn::Equals":
            left, right = (clean(operand, resources) for operand in operands)
            return bool(left == right)
        truths = [is_true(operand, resources, known) for operand in operands]
        return {"Fn::Not": not truths[0], "Fn::And": all(truths), "Fn::Or": any(truths)}[operator]

    # moto looks the functions up by these names, from inside of them too.
    parsing.clean_json = clean
    parsing.parse_condition = is_true

    loaded = parsing.ResourceMap.load_parameters

    def load_parameters(resources: Any) -> None:
        loaded(resources)
        for name, parameter in resources._template.get("Parameters", {}).items():
            value = resources.resolved_parameters[name]
            if parameter["Type"] == "CommaDelimitedList" and isinstance(value, str):
                resources.resolved_parameters[name] = value.split(",")
        resources._parsed_resources.update(resources.resolved_parameters)

    parsing.ResourceMap.load_parameters = load_parameters

    def exports(outputs: Any) -> list[Any]:
        return [
            parsing.Export(
                outputs._stack_id,
                clean(output["Export"]["Name"], outputs._resource_map),
                clean(output["Value"], outputs._resource_map),
            )
            for output in outputs._output_json_map.values()
            if "Export" in output and holds(output.get("Condition"), outputs._resource_map)
        ]

    parsing.OutputMap.exports = property(exports)


def mend_resources(client: AnyClient) -> None:
    """Mends what resources are made of, and makes those that are missing."""
    # What `Ref` gives, which moto has forgotten here.
    EventBus.physical_resource_id = property(lambda bus: bus.name)
    create_key = KmsBackend.create_key

    def create_key_with_policy(kms: Any, policy: Any, *arguments: Any, **named: Any) -> Any:
        # A template's policy is an object, that of the API a text, which is what moto reads later.
        return create_key(kms, json.dumps(policy) if isinstance(policy, dict) else policy, *arguments, **named)

    KmsBackend.create_key = create_key_with_policy
    create_role = Role.create_from_cloudformation_json

    def create_role_with_policies(name: str, cloudformation_json: Json, *arguments: Any, **named: Any) -> Any:
        properties, iam = dict(cloudformation_json["Properties"]), client("iam", "us-east-1")
        # As texts, as the API has them, since moto keeps them as they come.
        inline = properties.pop("Policies", [])
        role = create_role(name, {**cloudformation_json, "Properties": properties}, *arguments, **named)
        for policy in inline:
            document = json.dumps(policy["PolicyDocument"])
            iam.put_role_policy(RoleName=role.name, PolicyName=policy["PolicyName"], PolicyDocument=document)
        for arn in properties.get("ManagedPolicyArns", []):
            iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
        return role

    Role.create_from_cloudformation_json = create_role_with_policies
    for type_name, make in MISSING.items():
        assert type_name not in parsing.get_model_map(), f"moto has {type_name} by now"
        model(client, type_name, make)
    for cache in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cache.cache_clear()


def mend_buses() -> None:
    """Makes a rule send events to buses as they are: moto puts new ones there, of the bus's own Region and account."""
    send = Rule.send_to_targets

    def send_to_targets(rule: Any, event: Json, *arguments: Any, **named: Any) -> None:
        buses = [target["Arn"] for target in rule.targets if ":event-bus/" in target["Arn"]]
        if buses and rule.event_pattern.matches_event(event):
            for arn in buses:
                _, _, _, region, account, resource = arn.split(":", 5)
                bus = events_backends[account][region].describe_event_bus(resource.partition("/")[2])
                for other in list(bus.rules.values()):
                    send_to_targets(other, event)
        if not buses:
            send(rule, event, *arguments, **named)

    Rule.send_to_targets = send_to_targets


def holds(condition: str | None, resources: Any) -> bool:
    """Tells whether there is no condition, or one that holds."""
    return condition is None or bool(resources.lazy_condition_map[condition])


def model(client: AnyClient, type_name: str, make: Callable[[Client, str, Json], str | None]) -> None:
    """Makes a resource type known to moto, which finds it among the subclasses."""

    class Model(CloudFormationModel):  # type: ignore[misc]
        # moto reads the service out of it.
        __module__ = "moto.cloudformation.mended"

        def __init__(self, name: str) -> None:
            self.physical_resource_id = name

        @staticmethod
        def cloudformation_type() -> str:
            return type_name

        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @classmethod
        def has_cfn_attr(cls, attr: str) -> bool:
            return False

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Json, account_id: str, region_name: str, **_: Any
        ) -> "Model":
            made = make(lambda service: client(service, region_name), resource_name, cloudformation_json["Properties"])
            return cls(made or resource_name)

    # moto keeps classes by weak references alone.
    MODELS.append(Model)


MODELS: list[type[CloudFormationModel]] = []
