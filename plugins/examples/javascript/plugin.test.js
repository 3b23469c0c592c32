import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { extractor } from "./plugin.js";

const RECORDED = JSON.parse(readFileSync(new URL("events/create-key-pair.json", import.meta.url))).detail;

/** What the plugin answers for the recorded call with these fields in place of its own. */
function extract(changes = {}, settings = "{}") {
  return extractor.extract({ detail: JSON.stringify({ ...RECORDED, ...changes }) }, settings);
}

test("what the call created is tagged with the user who made it", () => {
  const userIdentity = { type: "IAMUser", userName: "bob", principalId: "AIDACKCEVSQ6C2EXAMPLE" };
  const [{ resources, tags }] = extract({ userIdentity });
  assert.equal(resources.length, 1);
  assert.deepEqual(tags, [
    { key: "Owner", value: "bob" },
    { key: "PrincipalId", value: "AIDACKCEVSQ6C2EXAMPLE" },
  ]);
});

test("an assumed role is named by its session", () => {
  const [{ tags }] = extract({ userIdentity: { type: "AssumedRole", principalId: "AROAEXAMPLE:alice" } });
  assert.deepEqual(tags.map((tag) => tag.value), ["alice", "AROAEXAMPLE:alice"]);
});

test("a caller without a name is named by the principal id", () => {
  const [{ tags }] = extract({ userIdentity: { type: "Root", principalId: "111122223333" } });
  assert.deepEqual(tags.map((tag) => tag.value), ["111122223333", "111122223333"]);
});

test("without an identity it cannot tell", () => {
  for (const userIdentity of [undefined, null, {}, { userName: "", principalId: "" }]) {
    assert.throws(() => extract({ userIdentity }), { tag: "cannot-tell" });
  }
});

test("a response without the id is malformed", () => {
  for (const responseElements of [undefined, null, {}, 7]) {
    assert.throws(() => extract({ responseElements }), { tag: "malformed" });
  }
  assert.throws(() => extractor.extract({ detail: "{" }, "{}"), { tag: "malformed" });
});

/** An answer that names these ids where the call's does. */
const naming = (ids) => "keyPairId".split(".").reduceRight((value, field) => ({ [field]: value }), ids);

test("each id at the path is tagged", () => {
  for (const ids of ["first", ["first", "second"]]) {
    const [{ resources }] = extract({ responseElements: naming(ids) });
    assert.deepEqual(resources, [ids].flat());
  }
});

test("an id that is no text is malformed", () => {
  for (const ids of [7, "", {}, ["first", 7]]) {
    assert.throws(() => extract({ responseElements: naming(ids) }), { tag: "malformed" });
  }
});

test("settings rename the tags", () => {
  const settings = JSON.stringify({ owner_key: "CreatedBy" });
  assert.deepEqual(extractor.checkSettings(settings), ["CreatedBy", "PrincipalId"]);
  assert.equal(extract({}, settings)[0].tags[0].key, "CreatedBy");
});

test("a setting that does not exist is refused by name", () => {
  assert.throws(() => extractor.checkSettings('{"owner": "CreatedBy"}'), /^unknown setting owner/);
});
