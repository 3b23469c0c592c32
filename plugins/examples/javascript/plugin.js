// Tags each key pair with its creator.
//
// The host calls each function of `extractor` in a fresh instance; the contract says what they take and give.

const EVENT_PATTERN = {
  source: ["aws.ec2"],
  "detail-type": ["AWS API Call via CloudTrail"],
  detail: { eventSource: ["ec2.amazonaws.com"], eventName: ["CreateKeyPair", "ImportKeyPair"] },
};

/** Where the answer of such a call names what it created: fields, with dots between them. */
const ID_PATH = "keyPairId";

const DEFAULT_SETTINGS = { owner_key: "Owner", principal_id_key: "PrincipalId" };

export const extractor = {
  describe() {
    return { name: "key-pairs-javascript", version: "1.0.0", eventPatterns: [JSON.stringify(EVENT_PATTERN)] };
  },

  checkSettings(settings) {
    return Object.values(readSettings(settings));
  },

  extract(event, settings) {
    try {
      const record = JSON.parse(event.detail);
      return [{ resources: created(record), related: {}, tags: creatorTags(record, readSettings(settings)) }];
    } catch (failure) {
      // An `Error` would be a trap, and the operator would not see its text.
      throw failure instanceof Error ? malformed(String(failure)) : failure;
    }
  },
};

/** The ids of what the call created. Lists on the path are walked through. */
function created(record) {
  const follow = (values, field) => values.flatMap((value) => value?.[field] ?? []);
  const ids = ID_PATH.split(".").reduce(follow, [record.responseElements]);
  if (ids.length === 0 || ids.some((id) => typeof id !== "string" || id === "")) {
    throw malformed(`${record.eventName}: responseElements.${ID_PATH} is missing, or no id`);
  }
  return ids;
}

/** The tags that name the caller: the user's name, else that of the role's session, else the principal id. */
function creatorTags(record, settings) {
  const { userName, principalId } = record.userIdentity ?? {};
  const session = principalId?.split(":")[1];
  const owner = userName || session || principalId;
  if (!owner) {
    throw cannotTell("userIdentity has neither userName nor principalId");
  }
  const tags = [{ key: settings.owner_key, value: owner }];
  if (principalId) {
    tags.push({ key: settings.principal_id_key, value: principalId });
  }
  return tags;
}

/** The operator's settings over the defaults. What is thrown is the text that the operator sees. */
function readSettings(text) {
  const settings = JSON.parse(text);
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(DEFAULT_SETTINGS, name)) {
      throw `unknown setting ${name}, expected ${Object.keys(DEFAULT_SETTINGS).join(" or ")}`;
    }
    if (typeof value !== "string") {
      throw `${name} must be a string`;
    }
  }
  return { ...DEFAULT_SETTINGS, ...settings };
}

// The contract's failures are thrown as plain values.
const malformed = (reason) => ({ tag: "malformed", val: reason });
const cannotTell = (reason) => ({ tag: "cannot-tell", val: reason });
