"""Builds Kubernetes' manifests as kubectl would, and checks what comes out: against the schemas, strictly, and part against part.

    kubernetes.py KUBECTL MANIFESTS SCRATCH

What is wrong is printed, a line each, and makes the exit status 1.
"""

import copy
import os
import re
import subprocess
import sys

import jsonschema
import kubernetes_validate
import yaml
from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor

# The oldest Kubernetes that is checked against, whose schemas know all that the manifests use, and the newest.
VERSIONS = ["1.31", "1.37"]
CUSTOM = {
    ("keda.sh/v1alpha1", "ScaledObject"): ScaledObject,
    ("keda.sh/v1alpha1", "TriggerAuthentication"): TriggerAuthentication,
    ("monitoring.coreos.com/v1", "PrometheusRule"): PrometheusRule,
    ("monitoring.coreos.com/v1", "ServiceMonitor"): ServiceMonitor,
}
# What KEDA's trigger for SQS takes; its schema lets any text pass here, and KEDA ignores what it does not know.
SQS_TRIGGER = {
    "queueURL", "queueURLFromEnv", "queueLength", "activationQueueLength", "awsRegion", "awsEndpoint",
    "scaleOnInFlight", "scaleOnDelayed", "identityOwner",
}


def strict(schema):
    """The schema, with no key let pass that it does not name: the reader of the resource would drop it without a word."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        # Some are written for Go, which takes flags anywhere.
        if isinstance(schema.get("pattern"), str):
            schema["pattern"] = re.sub(r"^\^\(\?i\)", "(?i)^", schema["pattern"])
        for part in schema.values():
            strict(part)
    elif isinstance(schema, list):
        for part in schema:
            strict(part)
    return schema


SCHEMAS = {key: strict(model.model_json_schema(by_alias=True)) for key, model in CUSTOM.items()}


def name(resource):
    return f"{resource['kind']}/{resource['metadata']['name']}"


def schema_errors(resource):
    """What the schemas say against a resource."""
    schema = SCHEMAS.get((resource["apiVersion"], resource["kind"]))
    errors = []
    try:
        if schema:
            jsonschema.validate(resource, schema)
        else:
            for version in VERSIONS:
                kubernetes_validate.validate(resource, version, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as error:
        errors.append(f"{name(resource)}: {'.'.join(map(str, error.absolute_path))}: {error.message}")
    except kubernetes_validate.SchemaNotFoundError as error:
        errors.append(f"{name(resource)}: {error.message}")
    return errors


def blind_spots(resource):
    """Breaks a resource in places that a check must notice: an unknown key, and a value of a wrong type."""
    if "spec" not in resource:
        return []
    unknown, wrong = copy.deepcopy(resource), copy.deepcopy(resource)
    unknown["spec"]["notAKey"] = True
    wrong["spec"] = "nothing"
    return [f"{name(resource)}: the check would not notice {what}"
            for what, broken in [("an unknown key", unknown), ("a wrong type", wrong)] if not schema_errors(broken)]


def is_in(labels, wanted):
    return bool(wanted) and all(labels.get(key) == value for key, value in wanted.items())


def relation_errors(resources, is_for_use):
    """What does not fit together."""
    errors = []
    of = lambda kind: [resource for resource in resources if resource["kind"] == kind]
    deployment, = of("Deployment")
    pod = deployment["spec"]["template"]
    labels, host = pod["metadata"]["labels"], pod["spec"]["containers"][0]
    selectors = {
        "Deployment": lambda spec: spec["selector"]["matchLabels"],
        "Service": lambda spec: spec.get("selector"),
        "PodDisruptionBudget": lambda spec: spec.get("selector", {}).get("matchLabels"),
        "NetworkPolicy": lambda spec: (spec["podSelector"] or {}).get("matchLabels"),
    }
    for kind, selector in selectors.items():
        for resource in of(kind):
            if not is_in(labels, selector(resource["spec"])):
                errors.append(f"{name(resource)}: it does not select the hosts")
    for spread in pod["spec"]["topologySpreadConstraints"]:
        if not is_in(labels, spread["labelSelector"]["matchLabels"]):
            errors.append("topologySpreadConstraints: they do not select the hosts")
    ports = {port["name"] for port in host["ports"]}
    services = [(service, {port["name"] for port in service["spec"]["ports"]}) for service in of("Service")]
    for service, _ in services:
        errors += [f"{name(service)}: the host has no port {port['targetPort']}"
                   for port in service["spec"]["ports"] if port["targetPort"] not in ports]
    for monitor in of("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"]
        selected = [ports for service, ports in services if is_in(service["metadata"]["labels"], wanted)]
        if not any(endpoint["port"] in ports for ports in selected for endpoint in monitor["spec"]["endpoints"]):
            errors.append(f"{name(monitor)}: it selects no service with its port")
    maps = {config["metadata"]["name"]: config["data"] for config in of("ConfigMap")}
    for variable in host["env"]:
        reference = variable.get("valueFrom", {}).get("configMapKeyRef")
        if reference and reference["key"] not in maps.get(reference["name"], {}):
            errors.append(f"{variable['name']}: there is no {reference['key']} in a ConfigMap {reference['name']}")
    errors += [f"volume {volume['name']}: there is no ConfigMap {volume['configMap']['name']}"
               for volume in pod["spec"]["volumes"] if volume["configMap"]["name"] not in maps]
    if pod["spec"]["serviceAccountName"] not in {account["metadata"]["name"] for account in of("ServiceAccount")}:
        errors.append("the hosts' ServiceAccount is not there")
    scaled = of("ScaledObject")
    if bool(scaled) == ("replicas" in deployment["spec"]):
        errors.append("the number of replicas must be said by KEDA or by the Deployment, and by one of them only")
    for scaled in scaled:
        if scaled["spec"]["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
            errors.append(f"{name(scaled)}: it does not scale the hosts")
        authentications = {authentication["metadata"]["name"] for authentication in of("TriggerAuthentication")}
        for trigger in scaled["spec"]["triggers"]:
            metadata = trigger["metadata"]
            errors += [f"{name(scaled)}: KEDA does not know {key}" for key in metadata.keys() - SQS_TRIGGER]
            if metadata["queueURLFromEnv"] not in {variable["name"] for variable in host["env"]}:
                errors.append(f"{name(scaled)}: the hosts have no variable {metadata['queueURLFromEnv']}")
            if trigger["authenticationRef"]["name"] not in authentications:
                errors.append(f"{name(scaled)}: there is no TriggerAuthentication of that name")
            url = maps[[key for key in maps if key.startswith("autotag-queue")][0]]["AUTOTAG_QUEUE_URL"]
            if is_for_use and f"//sqs.{metadata['awsRegion']}." not in url:
                errors.append(f"{name(scaled)}: its Region is not the queue's")
    if is_for_use:
        if not re.search(r"@sha256:[0-9a-f]{64}$", host["image"]):
            errors.append(f"{host['image']}: an image is named by its digest")
        errors += [f"{name(resource)}: it is in no namespace" for resource in resources
                   if resource["kind"] != "Namespace" and "namespace" not in resource["metadata"]]
    return errors


def build(kubectl, folder):
    built = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True)
    if built.returncode:
        sys.exit(f"{folder}: {built.stderr}")
    if built.stderr:
        sys.exit(f"{folder}: kustomize warns: {built.stderr}")
    return list(yaml.safe_load_all(built.stdout))


def with_components(manifests, scratch, components):
    """A folder that puts these components over the base, and nothing else."""
    folder = os.path.join(scratch, "-".join(["base", *components]))
    os.makedirs(folder, exist_ok=True)
    at = lambda *path: os.path.relpath(os.path.join(manifests, *path), folder)
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [at("base")],
        "components": [at("components", component) for component in components],
    }
    with open(os.path.join(folder, "kustomization.yaml"), "w") as file:
        yaml.safe_dump(kustomization, file)
    return folder


def main(kubectl, manifests, scratch):
    components = sorted(os.listdir(os.path.join(manifests, "components")))
    chosen = [[], *([component] for component in components), components]
    folders = [(with_components(manifests, scratch, chosen), False) for chosen in chosen]
    errors = []
    for folder, is_for_use in [*folders, (os.path.join(manifests, "example"), True)]:
        resources = build(kubectl, folder)
        found = [error for resource in resources for error in schema_errors(resource) + blind_spots(resource)]
        # What is not even of its form cannot be looked at further.
        found = found or relation_errors(resources, is_for_use)
        errors += [f"{os.path.basename(folder)}: {error}" for error in found]
        print(f"{os.path.basename(folder)}: {len(resources)} resources")
    print(*errors, sep="\n", file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
