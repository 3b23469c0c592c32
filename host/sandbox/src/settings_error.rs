//! Where in its settings a plugin found something wrong. A plugin gets them as JSON, which the operator never wrote, so
//! that its "line 1 column 8" means nothing to them.

/// What the libraries of several languages say of a place in JSON that has one line.
const PLACE: &str = " at line 1 column ";

/// The plugin's message, with the key in place of line and column.
pub(crate) fn located(settings: &str, message: &str) -> String {
    let Some((before, behind)) = message.split_once(PLACE) else { return message.to_owned() };
    let digits = behind.len() - behind.trim_start_matches(|digit: char| digit.is_ascii_digit()).len();
    let (column, behind) = behind.split_at(digits);
    let mut keys = keys_at(settings, column.parse().unwrap_or_default());
    if before.starts_with("missing field") {
        // It is missing where the last key stands.
        keys.pop();
    }
    if keys.is_empty() || before.contains(&format!("`{}`", keys.join("."))) {
        format!("{before}{behind}")
    } else {
        format!("{before}, in `{}`{behind}", keys.join("."))
    }
}

/// The keys that lead to what ends before this column, which counts from 1.
fn keys_at(json: &str, column: usize) -> Vec<String> {
    /// An object with the key that was read last, or an array.
    enum Level {
        Object { key: String, is_key_next: bool },
        Array,
    }
    let text = json.get(..column.saturating_sub(1)).unwrap_or(json);
    let mut levels: Vec<Level> = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, levels.last_mut()) {
            ('{', _) => levels.push(Level::Object { key: String::new(), is_key_next: true }),
            ('[', _) => levels.push(Level::Array),
            ('}' | ']', _) => drop(levels.pop()),
            (',', Some(Level::Object { is_key_next, .. })) => *is_key_next = true,
            (':', Some(Level::Object { is_key_next, .. })) => *is_key_next = false,
            ('"', level) => {
                let mut string = String::new();
                while let Some(next) = characters.next().filter(|next| *next != '"') {
                    string.push(if next == '\\' { characters.next().unwrap_or_default() } else { next });
                }
                if let Some(Level::Object { key, is_key_next: true }) = level {
                    *key = string;
                }
            }
            _ => {}
        }
    }
    let keys = levels.into_iter().filter_map(|level| match level {
        Level::Object { key, .. } if !key.is_empty() => Some(key),
        _ => None,
    });
    keys.collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[serde(default, rename = "inherit")]
        _inherit: bool,
        #[serde(default, rename = "skip")]
        _skip: Skip,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Skip {
        #[serde(default, rename = "users")]
        _users: Vec<String>,
        #[serde(default, rename = "needed")]
        _needed: Option<Needed>,
    }

    #[derive(Debug, Deserialize)]
    struct Needed {
        #[serde(rename = "name")]
        _name: String,
    }

    #[test]
    fn the_key_stands_in_place_of_line_and_column() {
        for (settings, words) in [
            (json!({"inherit": "yes"}), "invalid type: string \"yes\", expected a boolean, in `inherit`"),
            (json!({"skip": {"users": ["a", 7]}}), "invalid type: integer `7`, expected a string, in `skip.users`"),
            (json!({"inherit": true, "inherits": 1}), "unknown field `inherits`, expected `inherit` or `skip`"),
            (json!({"skip": {"user": 1}}), "unknown field `user`, expected `users` or `needed`, in `skip.user`"),
            (json!({"skip": {"needed": {"nam\"e": 1}}}), "missing field `name`, in `skip.needed`"),
        ] {
            let text = settings.to_string();
            let message = serde_json::from_str::<Settings>(&text).unwrap_err().to_string();
            assert_eq!(located(&text, &message), words);
        }
    }

    #[test]
    fn other_messages_stay() {
        for message in ["the owner key is empty", "wrong at line 2 column 3"] {
            assert_eq!(located(r#"{"a": 1}"#, message), message);
        }
        assert_eq!(located(r#"{"a":1}"#, "wrong at line 1 column 99: really"), "wrong: really");
    }
}
