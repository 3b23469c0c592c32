import json
import unittest
from pathlib import Path
from typing import Any

from extraction import DEFAULT_SETTINGS, CannotTell, Malformed, extract, read_settings

RECORDED = json.loads(Path(__file__).with_name("events").joinpath("create-key-pair.json").read_text())["detail"]


def extract_with(settings: dict[str, str] = DEFAULT_SETTINGS, **changes: Any) -> tuple[list[str], dict[str, str]]:
    """What is extracted from the recorded call with these fields in place of its own."""
    return extract(json.dumps(RECORDED | changes), settings)


def naming(ids: Any) -> Any:
    """An answer that names these ids where the call's does."""
    for field in reversed("keyPairId".split(".")):
        ids = {field: ids}
    return ids


class Extraction(unittest.TestCase):
    def test_what_the_call_created_is_tagged_with_the_user_who_made_it(self) -> None:
        bob = {"type": "IAMUser", "userName": "bob", "principalId": "AIDACKCEVSQ6C2EXAMPLE"}
        ids, tags = extract_with(userIdentity=bob)
        self.assertEqual(len(ids), 1)
        self.assertEqual(tags, {"Owner": "bob", "PrincipalId": "AIDACKCEVSQ6C2EXAMPLE"})

    def test_an_assumed_role_is_named_by_its_session(self) -> None:
        _, tags = extract_with(userIdentity={"type": "AssumedRole", "principalId": "AROAEXAMPLE:alice"})
        self.assertEqual(tags, {"Owner": "alice", "PrincipalId": "AROAEXAMPLE:alice"})

    def test_a_caller_without_a_name_is_named_by_the_principal_id(self) -> None:
        _, tags = extract_with(userIdentity={"type": "Root", "principalId": "111122223333"})
        self.assertEqual(tags, {"Owner": "111122223333", "PrincipalId": "111122223333"})

    def test_without_an_identity_it_cannot_tell(self) -> None:
        for identity in (None, {}, {"userName": "", "principalId": ""}):
            with self.subTest(identity), self.assertRaises(CannotTell):
                extract_with(userIdentity=identity)

    def test_a_response_without_the_id_is_malformed(self) -> None:
        for response in (None, {}, 7):
            with self.subTest(response), self.assertRaises(Malformed):
                extract_with(responseElements=response)

    def test_each_id_at_the_path_is_tagged(self) -> None:
        for ids in ("first", ["first", "second"]):
            with self.subTest(ids):
                found, _ = extract_with(responseElements=naming(ids))
                self.assertEqual(found, ids if isinstance(ids, list) else [ids])

    def test_an_id_that_is_no_text_is_malformed(self) -> None:
        for ids in (7, "", {}, ["first", 7]):
            with self.subTest(ids), self.assertRaises(Malformed):
                extract_with(responseElements=naming(ids))

    def test_settings_rename_the_tags(self) -> None:
        settings = read_settings('{"owner_key": "CreatedBy"}')
        self.assertEqual(list(extract_with(settings)[1]), ["CreatedBy", "PrincipalId"])

    def test_a_setting_that_does_not_exist_is_refused_by_name(self) -> None:
        with self.assertRaisesRegex(ValueError, "unknown setting owner"):
            read_settings('{"owner": "CreatedBy"}')


if __name__ == "__main__":
    unittest.main()
