"""What autotag asks of its templates beyond what CloudFormation does, as rules for cfn-lint.

Each has a template in `../broken` that breaks it and nothing else; `tests/tests/infra/infra_rules.rs` holds them together.
"""

import re
from collections.abc import Iterator
from typing import Any

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from cfnlint.rules import CloudFormationLintRule, RuleMatch

Json = dict[str, Any]
Path = list[str | int]
# A value of a template, and where it stands.
Placed = tuple[Any, Path]


def branches(value: Any, path: Path) -> Iterator[Placed]:
    """Gives a value, or all that an `Fn::If` may choose; nothing for `AWS::NoValue`."""
    if isinstance(value, dict) and list(value) == ["Fn::If"]:
        for index in (1, 2):
            yield from branches(value["Fn::If"][index], [*path, "Fn::If", index])
    elif not (isinstance(value, dict) and value.get("Ref") == "AWS::NoValue"):
        yield value, path


def elements(value: Any, path: Path) -> Iterator[Placed]:
    """Gives the elements of a list, or the one value that stands for a list of one."""
    for found, where in branches(value, path):
        if isinstance(found, list):
            for index, element in enumerate(found):
                yield from branches(element, [*where, index])
        else:
            yield found, where


def texts(value: Any) -> list[str]:
    """Gives all texts in a value, as deep as they are."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [str(value)]


def resources(cfn: Any, *types: str) -> Iterator[tuple[str, Json, Path]]:
    """Gives the resources of some types: name, properties, and where those stand."""
    for name, resource in cfn.template.get("Resources", {}).items():
        if not types or resource.get("Type") in types:
            yield name, resource.get("Properties") or {}, ["Resources", name, "Properties"]


# Where policy documents stand, by the type of the resource.
DOCUMENTS = {
    "AWS::IAM::ManagedPolicy": ["PolicyDocument"],
    "AWS::IAM::Policy": ["PolicyDocument"],
    "AWS::IAM::Role": ["AssumeRolePolicyDocument"],
    "AWS::KMS::Key": ["KeyPolicy"],
    "AWS::SNS::TopicPolicy": ["PolicyDocument"],
    "AWS::SQS::QueuePolicy": ["PolicyDocument"],
}


def statements(cfn: Any, *types: str) -> Iterator[tuple[str, Json, Path]]:
    """Gives all statements of policies: the resource's type, the statement, and where it stands."""
    for kind, keys in DOCUMENTS.items():
        if types and kind not in types:
            continue
        for _, properties, path in resources(cfn, kind):
            documents = [(properties.get(key), [*path, key]) for key in keys]
            for index, policy in enumerate(properties.get("Policies", [])):
                documents.append((policy.get("PolicyDocument"), [*path, "Policies", index, "PolicyDocument"]))
            for document, where in documents:
                if isinstance(document, dict):
                    for statement, there in elements(document.get("Statement", []), [*where, "Statement"]):
                        yield kind, statement, there


def actions(statement: Json) -> list[str]:
    """Gives a statement's actions."""
    return [str(action) for action, _ in elements(statement.get("Action", []), [])]


def condition(statement: Json, operator: str, key: str) -> bool:
    """Tells whether a statement has a condition on a key, whatever may be chosen."""
    conditions = list(branches(statement.get("Condition", {}), []))
    return bool(conditions) and all(
        any(isinstance(keys, dict) and key in keys for keys, _ in branches(one.get(operator, {}), []))
        for one, _ in conditions
        if isinstance(one, dict)
    )


class Rule(CloudFormationLintRule):
    """A rule of autotag's own."""

    severity_letter = "E"
    tags = ["autotag"]
    source_url = ""

    def found(self, path: Path, message: str) -> RuleMatch:
        """Gives a finding."""
        return RuleMatch(path, message)


class StatementsHaveSids(Rule):
    id = "E9001"
    shortdesc = "Every statement says what it is for"
    description = "A Sid is what a denial names, and what a reader looks for"

    def match(self, cfn: Any) -> list[RuleMatch]:
        seen: dict[str, str] = {}
        matches = []
        for _, statement, path in statements(cfn):
            sid = statement.get("Sid")
            document = str(path[: path.index("Statement")])
            if not sid:
                matches.append(self.found(path, "a statement without Sid"))
            elif seen.get(f"{document} {sid}"):
                matches.append(self.found(path, f"two statements are called {sid}"))
            seen[f"{document} {sid}"] = "seen"
        return matches


class NoWildcardActions(Rule):
    id = "E9002"
    shortdesc = "What is allowed is named"
    description = "No wildcards in allowed actions, but for a key's own account and for looking at EC2"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for kind, statement, path in statements(cfn):
            if statement.get("Effect") != "Allow":
                continue
            own_key = kind == "AWS::KMS::Key" and any(":root" in text for text in texts(statement.get("Principal")))
            for action in actions(statement):
                if "*" in action and action != "ec2:Describe*" and not (own_key and action == "kms:*"):
                    matches.append(self.found(path, f"{action} is allowed"))
            if "NotAction" in statement:
                matches.append(self.found(path, "all but some actions are allowed"))
        return matches


class NothingTakesTagsOff(Rule):
    id = "E9003"
    shortdesc = "Nothing may take tags off"
    description = "The host writes tags and never removes any"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(path, f"{action} is allowed")
            for _, statement, path in statements(cfn)
            if statement.get("Effect") == "Allow"
            for action in actions(statement)
            if re.search(r":(Delete|Remove|Un)[A-Za-z]*Tag|:Untag", action)
        ]


class TagKeysAreNarrowed(Rule):
    id = "E9004"
    shortdesc = "Who writes tags may write some keys alone"
    description = "ForAllValues on aws:TagKeys, and Null, without which a request without keys passes"
    WRITES = {"ec2:CreateTags", "rds:AddTagsToResource", "s3:TagResource", "s3express:TagResource"}

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(path, "tags of any key may be written")
            for _, statement, path in statements(cfn)
            if statement.get("Effect") == "Allow"
            and self.WRITES & set(actions(statement))
            and not (
                condition(statement, "ForAllValues:StringEquals", "aws:TagKeys")
                and condition(statement, "Null", "aws:TagKeys")
            )
        ]


class QueuesAreEncrypted(Rule):
    id = "E9005"
    shortdesc = "Queues are encrypted"
    description = "By SQS's own keys or by a customer's; not by aws/sqs, which EventBridge cannot use"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, properties, path in resources(cfn, "AWS::SQS::Queue"):
            keys = [text for key, _ in branches(properties.get("KmsMasterKeyId"), []) if key for text in texts(key)]
            managed = [value for value, _ in branches(properties.get("SqsManagedSseEnabled"), [])]
            if "alias/aws/sqs" in keys or not (keys or True in managed):
                matches.append(self.found(path, "a queue that is not encrypted so that EventBridge can use it"))
        return matches


class QueuesHaveDeadLetters(Rule):
    id = "E9006"
    shortdesc = "Queues have dead-letter queues"
    description = "But for those that are some rule's or queue's dead-letter queue"

    def match(self, cfn: Any) -> list[RuleMatch]:
        targets: set[str] = set()
        for _, properties, _ in resources(cfn, "AWS::SQS::Queue"):
            targets.update(texts(properties.get("RedrivePolicy", {}).get("deadLetterTargetArn")))
        for _, properties, _ in resources(cfn, "AWS::Events::Rule"):
            for target in properties.get("Targets", []):
                targets.update(texts(target.get("DeadLetterConfig")))
        return [
            self.found(path, "a queue whose messages end nowhere")
            for name, properties, path in resources(cfn, "AWS::SQS::Queue")
            if "RedrivePolicy" not in properties and name not in targets
        ]


class TlsAlone(Rule):
    id = "E9007"
    shortdesc = "Queues and topics are reached by TLS alone"
    description = "A deny of what is not aws:SecureTransport, for every queue and topic"

    def match(self, cfn: Any) -> list[RuleMatch]:
        closed = set()
        for kind, attached in (("AWS::SQS::QueuePolicy", "Queues"), ("AWS::SNS::TopicPolicy", "Topics")):
            for _, properties, _ in resources(cfn, kind):
                for statement, _ in elements(properties.get("PolicyDocument", {}).get("Statement", []), []):
                    if statement.get("Effect") == "Deny" and condition(statement, "Bool", "aws:SecureTransport"):
                        closed.update(texts(properties.get(attached)))
        return [
            self.found(path, "it can be reached without TLS")
            for name, _, path in resources(cfn, "AWS::SQS::Queue", "AWS::SNS::Topic")
            if name not in closed
        ]


class ServicesComeForOneAccount(Rule):
    id = "E9008"
    shortdesc = "Services are let in for this account's resources alone"
    description = "aws:SourceArn and aws:SourceAccount wherever a policy of a resource allows a service"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(path, "a service may come on any account's behalf")
            for _, statement, path in statements(cfn, "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::KMS::Key")
            if statement.get("Effect") == "Allow"
            and isinstance(statement.get("Principal"), dict)
            and "Service" in statement["Principal"]
            and not (
                condition(statement, "StringEquals", "aws:SourceAccount")
                and any(condition(statement, operator, "aws:SourceArn") for operator in ("ArnEquals", "ArnLike"))
            )
        ]


class TrustHasConditions(Rule):
    id = "E9009"
    shortdesc = "Who may have a role is narrowed by conditions"
    description = "But for EC2, which says nothing of itself that could be asked for"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, properties, path in resources(cfn, "AWS::IAM::Role"):
            trust = properties.get("AssumeRolePolicyDocument", {}).get("Statement", [])
            for statement, where in elements(trust, [*path, "AssumeRolePolicyDocument", "Statement"]):
                on_ec2 = any(text.startswith("ec2.") for text in texts(statement.get("Principal")))
                conditions = [one for one, _ in branches(statement.get("Condition"), []) if one]
                if not conditions and not on_ec2:
                    matches.append(self.found(where, "the principal can assume the role without a condition"))
        return matches


class LogsEnd(Rule):
    id = "E9010"
    shortdesc = "Logs are kept for a while, not for ever"
    description = "RetentionInDays on log groups"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(path, "a log that is kept for ever")
            for _, properties, path in resources(cfn, "AWS::Logs::LogGroup")
            if "RetentionInDays" not in properties
        ]


class EventsArriveWhole(Rule):
    id = "E9011"
    shortdesc = "Events reach their target unchanged, or a dead-letter queue"
    description = "A retry policy and a dead-letter queue on each target, and nothing that changes the event"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, properties, path in resources(cfn, "AWS::Events::Rule"):
            for index, target in enumerate(properties.get("Targets", [])):
                for key in ("DeadLetterConfig", "RetryPolicy"):
                    if key not in target:
                        matches.append(self.found([*path, "Targets", index], f"a target without {key}"))
                for key in ("Input", "InputPath", "InputTransformer"):
                    if key in target:
                        matches.append(self.found([*path, "Targets", index], f"{key} changes the event"))
        return matches


class EveryPartition(Rule):
    id = "E9012"
    shortdesc = "ARNs are of the partition that the stack is in"
    description = "${AWS::Partition} instead of aws"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(["Resources", name], "arn:aws: is not everywhere called so")
            for name, resource in cfn.template.get("Resources", {}).items()
            if any("arn:aws:" in text for text in texts(resource.get("Properties", {})))
        ]


class ContainersAreClosed(Rule):
    id = "E9013"
    shortdesc = "Containers can do what they need and no more"
    description = "No root, nothing to write to, no capabilities, a health check, and time to stop"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, properties, path in resources(cfn, "AWS::ECS::TaskDefinition"):
            for index, container in enumerate(properties.get("ContainerDefinitions", [])):
                where = [*path, "ContainerDefinitions", index]
                drop = container.get("LinuxParameters", {}).get("Capabilities", {}).get("Drop")
                wanted = {
                    "a user other than root": str(container.get("User", "0")).split(":")[0] not in ("0", "root"),
                    "ReadonlyRootFilesystem": container.get("ReadonlyRootFilesystem") is True,
                    "all capabilities dropped": drop == ["ALL"],
                    "a HealthCheck": "HealthCheck" in container,
                    "a StopTimeout": "StopTimeout" in container,
                }
                missing = [what for what, there in wanted.items() if not there]
                matches += [self.found(where, f"a container without {what}") for what in missing]
        return matches


class ServicesRollBack(Rule):
    id = "E9014"
    shortdesc = "A deployment that does not work is taken back"
    description = "The circuit breaker with rollback, and no public address"

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, properties, path in resources(cfn, "AWS::ECS::Service"):
            breaker = properties.get("DeploymentConfiguration", {}).get("DeploymentCircuitBreaker", {})
            if not (breaker.get("Enable") is True and breaker.get("Rollback") is True):
                matches.append(self.found(path, "a service without a circuit breaker that rolls back"))
            network = properties.get("NetworkConfiguration", {}).get("AwsvpcConfiguration", {})
            if network.get("AssignPublicIp") != "DISABLED":
                matches.append(self.found(path, "a service that can be reached from the internet"))
        return matches


class NoIngress(Rule):
    id = "E9015"
    shortdesc = "Security groups let no request in"
    description = "The host calls AWS and is never called"

    def match(self, cfn: Any) -> list[RuleMatch]:
        inside = [
            self.found(path, "a security group that lets requests in")
            for _, properties, path in resources(cfn, "AWS::EC2::SecurityGroup")
            if properties.get("SecurityGroupIngress")
        ]
        beside = resources(cfn, "AWS::EC2::SecurityGroupIngress")
        return inside + [self.found(path, "a security group that lets requests in") for _, _, path in beside]


class AlarmsAreHeard(Rule):
    id = "E9016"
    shortdesc = "Alarms have an action, and say what missing data means"
    description = "AlarmActions, OKActions, AlarmDescription and TreatMissingData"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(path, f"an alarm without {key}")
            for _, properties, path in resources(cfn, "AWS::CloudWatch::Alarm")
            for key in ("AlarmActions", "OKActions", "AlarmDescription", "TreatMissingData")
            if not properties.get(key)
        ]


class ParametersExplainThemselves(Rule):
    id = "E9017"
    shortdesc = "Parameters say what they are for and what they may be, and have a place in the console"
    description = "Description, ConstraintDescription, a constraint, a group and a label"

    def match(self, cfn: Any) -> list[RuleMatch]:
        interface = cfn.template.get("Metadata", {}).get("AWS::CloudFormation::Interface", {})
        grouped = [name for group in interface.get("ParameterGroups", []) for name in group.get("Parameters", [])]
        labels = interface.get("ParameterLabels", {})
        parameters = cfn.template.get("Parameters", {})
        matches = []
        for name, parameter in parameters.items():
            keys = set(parameter)
            constrained = {"AllowedPattern", "AllowedValues"} & keys or {"MinValue", "MaxValue"} <= keys
            wanted = {
                "a Description": "Description" in parameter,
                "a ConstraintDescription": "ConstraintDescription" in parameter,
                "a constraint": bool(constrained),
                "one group": grouped.count(name) == 1,
                "a label": name in labels,
            }
            where: Path = ["Parameters", name]
            matches += [self.found(where, f"{name} has not {what}") for what, there in wanted.items() if not there]
        for name in {*grouped, *labels} - set(parameters):
            matches.append(self.found(["Metadata"], f"there is no parameter {name}"))
        return matches


class DefaultsAreAllowed(Rule):
    id = "E9018"
    shortdesc = "Each element of a list's default is one that may be given"
    description = "CloudFormation holds the elements of a list against the pattern, cfn-lint the whole"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(["Parameters", name], f"{name}: {element!r} does not match its own pattern")
            for name, parameter in cfn.template.get("Parameters", {}).items()
            if parameter.get("Type") == "CommaDelimitedList" and "Default" in parameter
            for element in str(parameter["Default"]).split(",")
            if not re.search(parameter.get("AllowedPattern", ""), element)
        ]


class OutputsExplainThemselves(Rule):
    id = "E9019"
    shortdesc = "Outputs say what they are"
    description = "A Description on each"

    def match(self, cfn: Any) -> list[RuleMatch]:
        return [
            self.found(["Outputs", name], f"{name} has no Description")
            for name, output in cfn.template.get("Outputs", {}).items()
            if not output.get("Description")
        ]


class ResourcesMeanSomething(Rule):
    id = "E9020"
    shortdesc = "What is narrowed to resources can be narrowed to resources"
    description = "An action that knows no resources is allowed on all of them or not at all"
    # AWS's own list of all services' actions, by prefix.
    SERVICES = load_resource(AdditionalSpecs, "Policies.json")

    def match(self, cfn: Any) -> list[RuleMatch]:
        matches = []
        for _, statement, path in statements(cfn, "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role"):
            narrowed = [text for one, _ in elements(statement.get("Resource", "*"), []) for text in texts(one)]
            if statement.get("Effect") != "Allow" or "*" in narrowed:
                continue
            for action in actions(statement):
                service, _, name = action.lower().partition(":")
                known = self.SERVICES.get(service, {}).get("Actions", {}).get(name)
                if known is not None and not known.get("Resources"):
                    matches.append(self.found(path, f"{action} is on no resource in particular"))
        return matches
