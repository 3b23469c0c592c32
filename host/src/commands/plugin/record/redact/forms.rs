//! What is personal and has a form of its own: accounts, principals, e-mail and IP addresses, ids.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

static FORMS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?<uuid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
        | (?<email>[^\s@"'<>,;:/()\[\]=]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)
        | (?<principal>A(?:3T|BI|CC|GP|ID|IP|KI|NP|NV|PK|RO|SC|SI)[A-Z0-9]{13,})
        | (?<mac>[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5})
        | (?<host>(?:ec2|ip)(?:-[0-9]{1,3}){4})
        | (?<ipv4>[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]+)?)
        | (?<account>[0-9]{12})
        | (?<organization>o-[a-z0-9]{10,32})
        | (?<id>[a-z][a-z0-9]*(?:-[a-z]+)*-(?:[0-9a-f]{17}|[0-9a-f]{8}))"#,
    )
    .ok()
});

static ARNS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:[0-9a-z]*:[^\s"'<>,;]+"#).ok());

/// Makes sure that what has a form of its own is found at all.
pub(super) fn check() -> anyhow::Result<()> {
    anyhow::ensure!(FORMS.is_some() && ARNS.is_some(), "what is personal cannot be found: an expression is wrong");
    Ok(())
}

/// The ARNs in a text, one after the other.
pub(super) fn arns(text: &str) -> impl Iterator<Item = &str> {
    ARNS.as_ref().into_iter().flat_map(move |arns| arns.find_iter(text).map(|arn| arn.as_str()))
}

/// Whether the whole of a text is one of the forms.
pub(super) fn is_form(text: &str) -> bool {
    let found = FORMS.as_ref().and_then(|forms| forms.find(text));
    found.is_some_and(|found| found.as_str() == text) || text.parse::<IpAddr>().is_ok()
}

/// Whether one of them is anywhere in a text.
pub(super) fn has_form(text: &str) -> bool {
    FORMS.as_ref().is_some_and(|forms| forms.is_match(text))
}

/// What was found, and what stands in place of it.
#[derive(Default)]
pub(super) struct Forms {
    replaced: HashMap<String, String>,
    accounts: usize,
    others: usize,
}

impl Forms {
    /// How many were replaced.
    pub(super) fn count(&self) -> usize {
        self.replaced.len()
    }

    /// Replaces the forms in a text, and by `gap` what lies between them.
    pub(super) fn replace(&mut self, text: &str, gap: &dyn Fn(&str) -> String) -> String {
        if let Some(address) = self.ipv6(text) {
            return address;
        }
        let Some(forms) = FORMS.as_ref() else { return gap(text) };
        let (mut result, mut end) = (String::new(), 0);
        for captures in forms.captures_iter(text) {
            let Some(found) = captures.get(0) else { continue };
            let before = text.get(..found.start()).unwrap_or_default();
            let after = text.get(found.end()..).unwrap_or_default();
            // Part of a longer word: a hash, for example.
            if before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric) {
                continue;
            }
            result += &gap(text.get(end..found.start()).unwrap_or_default());
            result += &self.form(&captures);
            end = found.end();
        }
        result + &gap(text.get(end..).unwrap_or_default())
    }

    fn ipv6(&mut self, text: &str) -> Option<String> {
        let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
        let is_one = prefix.is_empty() || prefix == "128";
        let is_ipv6 = address
            .split('%')
            .next()
            .is_some_and(|address| address.parse::<IpAddr>().is_ok_and(|address| address.is_ipv6()));
        let number = self.others + 1;
        (is_ipv6 && is_one)
            .then(|| self.other(address, format!("2001:db8::{number:x}")))
            .map(|address| if prefix.is_empty() { address } else { format!("{address}/{prefix}") })
    }

    fn form(&mut self, captures: &Captures<'_>) -> String {
        let found = captures.get(0).map_or("", |found| found.as_str());
        let is = |name: &str| captures.name(name).is_some();
        let number = self.others + 1;
        if is("account") {
            return self.account(found);
        }
        if is("ipv4") {
            return self.ipv4(found);
        }
        let new = if is("uuid") {
            format!("00000000-0000-4000-8000-{number:012x}")
        } else if is("email") {
            format!("person-{number}@example.com")
        } else if is("mac") {
            format!("02:00:00:00:00:{:02x}", number % 256)
        } else if is("host") {
            format!("ip-192-0-2-{}", number % 256)
        } else if is("organization") {
            format!("o-{number:0>10}")
        } else if is("principal") {
            let (kind, rest) = found.split_at_checked(4).unwrap_or((found, ""));
            format!("{kind}{:0>width$}", format!("EXAMPLE{number}"), width = rest.len())
        } else {
            let (kind, rest) = found.rsplit_once('-').unwrap_or((found, ""));
            format!("{kind}-{number:0width$x}", width = rest.len())
        };
        self.other(found, new)
    }

    fn other(&mut self, found: &str, new: String) -> String {
        let others = &mut self.others;
        let entry = self.replaced.entry(found.into());
        entry
            .or_insert_with(|| {
                *others += 1;
                new
            })
            .clone()
    }

    /// The accounts of AWS's examples.
    fn account(&mut self, found: &str) -> String {
        const EXAMPLES: [&str; 3] = ["111122223333", "444455556666", "777788889999"];
        let accounts = &mut self.accounts;
        let entry = self.replaced.entry(found.into());
        entry
            .or_insert_with(|| {
                *accounts += 1;
                let example = EXAMPLES.get(*accounts - 1);
                example.map_or_else(|| format!("{accounts:012}"), |account| (*account).into())
            })
            .clone()
    }

    /// An IPv4 address. A block of several is kept: it says how large the network is.
    fn ipv4(&mut self, found: &str) -> String {
        let (address, prefix) = found.split_once('/').unwrap_or((found, ""));
        let is_address = address.parse::<IpAddr>().is_ok();
        let is_block = !prefix.is_empty() && prefix != "32" && address.ends_with(".0");
        if !is_address || is_block || address == "0.0.0.0" {
            return found.into();
        }
        let number = self.others + 1;
        let address = self.other(address, format!("192.0.2.{}", number % 256));
        if prefix.is_empty() { address } else { format!("{address}/{prefix}") }
    }
}
