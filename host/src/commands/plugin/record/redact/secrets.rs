//! Where secrets stand in an event: CloudTrail hides those that it knows of, and not what people put elsewhere.

use serde_json::{Map, Value};

/// What stands in place of a secret.
pub(super) const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// What the names of fields have in them whose values are secrets.
const SECRETS: [&str; 13] = [
    "apikey",
    "authorization",
    "connectionstring",
    "cookie",
    "credential",
    "keymaterial",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "publickey",
    "secret",
    "sessiontoken",
];
/// How such names end all the same if they only say which secret it is.
const ABOUT_SECRETS: [&str; 9] =
    ["arn", "enabled", "fingerprint", "format", "id", "identifier", "name", "type", "version"];
/// The tokens that are none of a secret: those of idempotency and of pagination.
const OPEN_TOKENS: [&str; 5] = ["client", "continuation", "idempot", "next", "request"];
/// How the tokens of well-known services begin.
const TOKENS: [&str; 10] =
    ["eyJ", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "sk_live_", "xoxa-", "xoxb-", "xoxp-"];
/// How what is sent as the header `Authorization` begins.
const SCHEMES: [&str; 2] = ["Basic ", "Bearer "];
/// The fewest characters of such a token.
const MIN_TOKEN_CHARS: usize = 12;

/// Whether what is called so is a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let lower: String = name.chars().filter(|letter| !matches!(letter, '_' | '-')).collect::<String>().to_lowercase();
    let is_token = lower.ends_with("token") && !OPEN_TOKENS.iter().any(|open| lower.contains(open));
    let is_named = is_token || lower == "pass" || SECRETS.iter().any(|secret| lower.contains(secret));
    is_named && !ABOUT_SECRETS.iter().any(|ending| lower.trim_end_matches('s').ends_with(ending))
}

/// A field's value without what is secret in it; none if nothing is.
pub(super) fn hide(name: &str, value: &str) -> Option<String> {
    let is_flag = matches!(value, "true" | "false");
    if is_secret(name) && !is_flag || is_token(value) {
        return Some(HIDDEN.into());
    }
    // As in `PASSWORD=…` and `--password=…`.
    let (name, _) = value.split_once('=')?;
    let is_word = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'));
    (is_word && is_secret(name)).then(|| format!("{name}={HIDDEN}"))
}

/// Whether a text is a secret by its own form.
fn is_token(text: &str) -> bool {
    let mut words = text.split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '=' | ':'));
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
        || words.any(|word| word.len() >= MIN_TOKEN_CHARS && TOKENS.iter().any(|token| word.starts_with(token)))
}

/// Whether what follows such a word of a command line is a secret: `--password`.
pub(super) fn announces_secret(word: &str) -> bool {
    word.starts_with('-') && !word.contains('=') && is_secret(word)
}

/// Two fields of which one names what the other is, as `parameterKey` and `parameterValue`.
pub(super) struct Pair<'a> {
    /// The name of the field that names it.
    pub(super) name: &'a str,
    /// The name of the field with the value, which may be a secret.
    pub(super) value: &'a str,
}

/// The pair in an object that may hold a secret. A tag's value is none, unless its key says so.
pub(super) fn pair(fields: &Map<String, Value>) -> Option<Pair<'_>> {
    fields.iter().find_map(|(name, named)| {
        let lower = name.to_lowercase();
        let is_key = lower.ends_with("key");
        let begin = lower.strip_suffix("key").or_else(|| lower.strip_suffix("name"))?;
        let is_value = |other: &&String| other.to_lowercase() == format!("{begin}value");
        let (value, _) = fields.iter().find(|(other, value)| is_value(other) && value.is_string())?;
        let is_tag = is_key && matches!(begin, "" | "tag");
        let is_pair = !is_tag || named.as_str().is_some_and(is_secret);
        is_pair.then_some(Pair { name, value })
    })
}
