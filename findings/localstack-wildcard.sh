#!/bin/sh
# localstack-core 2026.3.0 (PyPI): the `*` of a wildcard stands for one character or more, never for none.
#
# Expected: `*` stands for any text, also for none:
# https://aws.amazon.com/blogs/compute/filtering-events-in-amazon-eventbridge-with-wildcard-pattern-matching/
# AWS's own example leaves file paths with `/lib/` out by `*/lib/*`, and a path may well begin with it:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
#
# What happens: `*` asks for at least one character. `*Volume*` finds `CreateVolumes`, and not `CreateVolume`. Turned
# round by `anything-but`, a rule delivers what it should keep out. The function that runs here is the one by which
# LocalStack's EventBridge matches events and answers TestEventPattern. 4.14.0 answers the same.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'localstack-core[base-runtime]==2026.3.0'

cat >finding.py <<'END'
import json

from localstack.utils.event_matcher import matches_event

for alternative, value in [
    ({"wildcard": "*Volume*"}, "CreateVolume"),
    ({"wildcard": "*Volume*"}, "VolumeInUse"),
    ({"wildcard": "*Volume*"}, "CreateVolumes"),
    ({"wildcard": "Create*"}, "Create"),
    ({"anything-but": {"wildcard": "*/lib/*"}}, "/lib/example.so"),
    ({"anything-but": {"wildcard": "*/lib/*"}}, "/usr/lib/example.so"),
]:
    matched = matches_event(json.dumps({"detail": {"value": [alternative]}}), json.dumps({"detail": {"value": value}}))
    print(f"{'match' if matched else 'no match':8} {json.dumps(alternative)} on {value}")
END

cat >expected <<'END'
no match {"wildcard": "*Volume*"} on CreateVolume
no match {"wildcard": "*Volume*"} on VolumeInUse
match    {"wildcard": "*Volume*"} on CreateVolumes
no match {"wildcard": "Create*"} on Create
match    {"anything-but": {"wildcard": "*/lib/*"}} on /lib/example.so
no match {"anything-but": {"wildcard": "*/lib/*"}} on /usr/lib/example.so
END

venv/bin/python finding.py >seen
cat seen
if ! diff -u expected seen >&2; then
    echo "localstack-core behaves otherwise than this finding says" >&2
    exit 1
fi
