"""Tags each key pair with its creator.

This is what the component exports. The host calls each method in a fresh instance; the contract says what they take and
give."""

import json

import wit_world.exports
from componentize_py_types import Err
from wit_world.exports.extractor import Manifest
from wit_world.imports.types import Event, Failure_CannotTell, Failure_Malformed, Related, Tag, Tagging

from extraction import CannotTell, Malformed, extract, read_settings

EVENT_PATTERN = {
    "source": ["aws.ec2"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["ec2.amazonaws.com"], "eventName": ["CreateKeyPair", "ImportKeyPair"]},
}


class Extractor(wit_world.exports.Extractor):
    def describe(self) -> Manifest:
        return Manifest("key-pairs-python", "1.0.0", [json.dumps(EVENT_PATTERN)])

    def check_settings(self, settings: str) -> list[str]:
        try:
            return list(read_settings(settings).values())
        except ValueError as error:
            raise Err(str(error))

    def extract(self, event: Event, settings: str) -> list[Tagging]:
        try:
            resources, tags = extract(event.detail, read_settings(settings))
        except CannotTell as reason:
            raise Err(Failure_CannotTell(str(reason)))
        except Malformed as reason:
            raise Err(Failure_Malformed(str(reason)))
        except Exception as error:  # Any other exception would be a trap, and the operator would not see its text.
            raise Err(Failure_Malformed(repr(error)))
        return [Tagging(resources, Related(0), [Tag(key, value) for key, value in tags.items()])]
