#!/bin/sh
# cloudcoil-models-prometheus-operator 0.80.1.0 (PyPI): the JSON Schema of PrometheusRule is not one that a validator
# takes, so that no rule can be checked against it.
#
# Expected: the `pattern` of a JSON Schema is a regular expression by ECMA-262, and flags stand in none of them:
# https://json-schema.org/draft/2020-12/json-schema-validation#name-pattern
#
# What happens: the model repeats the pattern of `partial_response_strategy` as the operator's own definition has it,
# for Go: `^(?i)(abort|warn)?$`. jsonschema 4.26.0 refuses the whole schema before it looks at the rule; the schema of
# ServiceMonitor, of the same package, it takes. pydantic, which the model is made with, accepts the rule.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cloudcoil==0.6.0 \
    cloudcoil-models-prometheus-operator==0.80.1.0 pydantic==2.14.4 jsonschema==4.26.0

cat >finding.py <<'END'
import jsonschema
from cloudcoil.models.prometheus_operator.v1 import PrometheusRule, ServiceMonitor

rule = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "PrometheusRule",
    "metadata": {"name": "example"},
    "spec": {"groups": [{"name": "example", "rules": [{"alert": "Example", "expr": "up == 0"}]}]},
}
monitor = {
    "apiVersion": "monitoring.coreos.com/v1",
    "kind": "ServiceMonitor",
    "metadata": {"name": "example"},
    "spec": {"selector": {}, "endpoints": [{"port": "metrics"}]},
}

for model, resource in [(ServiceMonitor, monitor), (PrometheusRule, rule)]:
    model.model_validate(resource)
    print(f"{resource['kind']}: pydantic accepts it")
    try:
        jsonschema.validate(resource, model.model_json_schema(by_alias=True))
        print(f"{resource['kind']}: jsonschema accepts it")
    except jsonschema.SchemaError as error:
        print(f"{resource['kind']}: jsonschema refuses the schema: {error.message}")
END

cat >expected <<'END'
ServiceMonitor: pydantic accepts it
ServiceMonitor: jsonschema accepts it
PrometheusRule: pydantic accepts it
PrometheusRule: jsonschema refuses the schema: '^(?i)(abort|warn)?$' is not a 'regex'
END

venv/bin/python finding.py >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "the schema behaves otherwise than this finding says" >&2
    exit 1
fi
