//! What the words of an event mean: which fields hold names, and which values are AWS's own.

/// Fields of CloudTrail's and EventBridge's own records, whose values say what happened, and not who or to what.
pub(super) const KEPT_FIELDS: [&str; 17] = [
    "awsRegion",
    "creationDate",
    "detail-type",
    "errorCode",
    "eventCategory",
    "eventName",
    "eventSource",
    "eventTime",
    "eventType",
    "eventVersion",
    "invokedBy",
    "region",
    "source",
    "time",
    "tlsVersion",
    "type",
    "version",
];
/// How the names of fields end whose values are chosen by people.
pub(super) const NAME_ENDINGS: [&str; 30] = [
    "alias",
    "author",
    "bucket",
    "comment",
    "contact",
    "createdby",
    "credentialid",
    "description",
    "domain",
    "email",
    "endpoint",
    "family",
    "group",
    "host",
    "hostheader",
    "identifier",
    "login",
    "loguri",
    "name",
    "owner",
    "objectkey",
    "phonenumber",
    "principal",
    "role",
    "s3key",
    "subject",
    "title",
    "topic",
    "user",
    "userdata",
];
/// How the names of fields end whose values are one of a few words, or versions: no name is looked for there.
pub(super) const ENUMERATIONS: [&str; 19] = [
    "action",
    "architecture",
    "class",
    "effect",
    "engine",
    "groupfamily",
    "license",
    "mode",
    "permission",
    "platform",
    "protocol",
    "region",
    "state",
    "status",
    "tenancy",
    "type",
    "types",
    "version",
    "zone",
];
/// Values that are words of AWS in any field.
pub(super) const WORDS_OF_AWS: [&str; 8] = ["amazon", "aws", "default", "false", "none", "root", "self", "true"];
/// The beginnings of values that are AWS's own.
pub(super) const OF_AWS: [&str; 6] = ["/dev/", "<", "AWSServiceRoleFor", "HIDDEN_", "aws:", "default."];
/// The roles of Identity Center: what follows is the permission set's name, and a hash of the instance.
pub(super) const RESERVED_ROLE: &str = "AWSReservedSSO_";
/// Parts of ARNs that are types, or AWS's own names.
pub(super) const ARN_WORDS: [&str; 9] =
    ["*", "app", "aws-reserved", "aws-service-role", "gwy", "net", "service-role", "sso.amazonaws.com", ""];
/// The names of the first people; those of more have numbers.
pub(super) const PEOPLE: [&str; 8] = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];

/// Whether a field holds one of a few words, or a tag's key.
pub(super) fn is_enumeration(key: &str) -> bool {
    // A tag's key, too: it says which fact its value is.
    key.eq_ignore_ascii_case("key") || key.eq_ignore_ascii_case("tagkey") || ends_with(key, &ENUMERATIONS)
}

/// Whether a part of a URL is an API's own: Route 53's paths, the parameters of a signature, the date of a version.
pub(super) fn is_of_api(part: &str) -> bool {
    let is_date = part.len() == 10 && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    is_date || part.starts_with("X-Amz-") || matches!(part, "change" | "healthcheck" | "hostedzone")
}

/// Whether a field's name, also in the plural, ends so.
pub(super) fn ends_with(key: &str, endings: &[&str]) -> bool {
    let key = key.to_ascii_lowercase();
    endings.iter().any(|ending| key.ends_with(ending) || key.strip_suffix('s').is_some_and(|key| key.ends_with(ending)))
}

/// Whether it is a Region or an Availability Zone: `eu-central-1a`.
pub(super) fn is_place(text: &str) -> bool {
    let words: Vec<_> = text.split('-').collect();
    let [area, directions @ .., last] = words.as_slice() else { return false };
    let is_direction = |word: &&str| {
        matches!(*word, "gov" | "iso" | "isob" | "north" | "south" | "east" | "west" | "central")
            || matches!(*word, "northeast" | "northwest" | "southeast" | "southwest")
    };
    let number = last.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    area.len() <= 3 && !directions.is_empty() && directions.iter().all(is_direction) && number.parse::<u8>().is_ok()
}
