//! What a new plugin can be called.

use std::str::FromStr;

use crate::commands::plugin::language::Language;

/// A plugin's name that is also a good one for a crate, a package or a module in every language.
#[derive(Debug, Clone)]
pub struct PluginName(String);

/// The longest name that the host takes.
const MAX_CHARS: usize = 64;

/// Names that Rust's compiler or the SDK reserve.
const IN_RUST: &str = "alloc as async autotag-plugin-sdk await box break const continue core crate do dyn else enum extern false \
    final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static std struct super \
    test trait true try type typeof unsafe unsized use virtual where while yield abstract become";
/// Names that Go's standard library reserves: the first part of an import's path.
const IN_GO: &str = "archive bufio builtin bytes cmd cmp compress container context crypto database debug embed encoding errors \
    expvar flag fmt go hash html image index internal io iter log main maps math mime net os path plugin reflect regexp \
    runtime slices sort strconv strings structs sync syscall testing text time unicode unique unsafe vendor weak";

impl PluginName {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that the name is free in a language.
    pub(super) fn check(&self, language: Language) -> anyhow::Result<()> {
        let reserved = match language {
            Language::Rust => IN_RUST,
            Language::Go => IN_GO,
            // There the name is not that of an import.
            Language::JavaScript | Language::Python => "",
        };
        let is_free = reserved.split_whitespace().all(|word| word != self.0);
        anyhow::ensure!(is_free, "`{}` has a meaning of its own in {language}; choose another name", self.0);
        Ok(())
    }
}

impl FromStr for PluginName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() > MAX_CHARS
            || !text.starts_with(|first: char| first.is_ascii_lowercase())
            || !text.split('-').all(is_word)
        {
            return Err(format!(
                "a plugin's name is words of lower-case letters and digits with hyphens between them, at most {MAX_CHARS} \
                 characters, and begins with a letter: `key-pairs`"
            ));
        }
        Ok(Self(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_words_with_hyphens_between_them() {
        for good in ["s3", "key-pairs", "a", &"a".repeat(64)] {
            assert_eq!(good.parse::<PluginName>().unwrap().as_str(), good);
        }
        for bad in ["", "3s", "-a", "a-", "a--b", "Key", "key_pairs", "key pairs", "../a", "ä", &"a".repeat(65)] {
            assert!(bad.parse::<PluginName>().unwrap_err().contains("begins with a letter"), "{bad}");
        }
    }

    #[test]
    fn a_word_that_a_language_keeps_for_itself_is_no_name_in_it() {
        let check = |name: &str, language| name.parse::<PluginName>().unwrap().check(language).is_ok();
        assert!(!check("match", Language::Rust) && check("match", Language::Go));
        assert!(check("time", Language::Rust) && !check("time", Language::Go));
        assert!(check("time", Language::Python) && check("match", Language::JavaScript));
    }
}
