"""What to tag for a recorded call, and with what: plain Python, so that the tests need no Wasm."""

import json
from typing import Any

# Where the answer of such a call names what it created: fields, with dots between them.
ID_PATH = "keyPairId"

DEFAULT_SETTINGS = {"owner_key": "Owner", "principal_id_key": "PrincipalId"}


class Malformed(Exception):
    """The event is not of the shape that this plugin knows."""


class CannotTell(Exception):
    """The event does not say what it takes to tag."""


def extract(detail: str, settings: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """The ids of what the call in `detail`, a CloudTrail record, created, and the tags that name its creator."""
    record = json.loads(detail)
    return created(record), creator_tags(record, settings)


def created(record: dict[str, Any]) -> list[str]:
    """Lists on the path are walked through."""
    ids = [record.get("responseElements")]
    for field in ID_PATH.split("."):
        found = [value[field] for value in ids if isinstance(value, dict) and value.get(field) is not None]
        ids = [value for inner in found for value in (inner if isinstance(inner, list) else [inner])]
    if not ids or not all(isinstance(id, str) and id for id in ids):
        raise Malformed(f"{record.get('eventName')}: responseElements.{ID_PATH} is missing, or no id")
    return ids


def creator_tags(record: dict[str, Any], settings: dict[str, str]) -> dict[str, str]:
    """The caller is the user's name, else that of the role's session, else the principal id."""
    identity = record.get("userIdentity") or {}
    principal_id = identity.get("principalId") or ""
    _, _, session = principal_id.partition(":")
    owner = identity.get("userName") or session or principal_id
    if not owner:
        raise CannotTell("userIdentity has neither userName nor principalId")
    tags = {settings["owner_key"]: owner}
    if principal_id:
        tags[settings["principal_id_key"]] = principal_id
    return tags


def read_settings(text: str) -> dict[str, str]:
    """The operator's settings over the defaults. The text of a `ValueError` is what the operator sees."""
    settings = json.loads(text)
    for name, value in settings.items():
        if name not in DEFAULT_SETTINGS:
            raise ValueError(f"unknown setting {name}, expected {' or '.join(DEFAULT_SETTINGS)}")
        if not isinstance(value, str):
            raise ValueError(f"{name} must be a string")
    return DEFAULT_SETTINGS | settings
