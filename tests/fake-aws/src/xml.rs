//! Writes the XML of replies.

use std::time::{SystemTime, UNIX_EPOCH};

use super::reply::escape;

/// XML under construction.
#[derive(Default)]
pub(super) struct Xml {
    text: String,
}

impl Xml {
    /// An element that holds text.
    pub fn text(&mut self, name: &str, value: impl ToString) -> &mut Self {
        self.text += &format!("<{name}>{}</{name}>", escape(&value.to_string()));
        self
    }

    /// An element that holds elements.
    pub fn element(&mut self, name: &str, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.text += &format!("<{name}>");
        fill(self);
        self.text += &format!("</{name}>");
        self
    }

    /// An element that holds one `item` for each of `items`, as EC2's lists do.
    pub fn items<T>(
        &mut self,
        name: &str,
        items: impl IntoIterator<Item = T>,
        fill: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.list(name, "item", items, fill)
    }

    /// An element that holds one `member` for each of `members`, as the lists of STS and Auto Scaling do.
    pub fn members<T>(
        &mut self,
        name: &str,
        members: impl IntoIterator<Item = T>,
        fill: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.list(name, "member", members, fill)
    }

    /// An element that holds an element `each` for each of `items`.
    pub fn list<T>(
        &mut self,
        name: &str,
        each: &str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.element(name, |xml| {
            for item in items {
                xml.element(each, |xml| fill(xml, item));
            }
        })
    }

    pub fn time(&mut self, name: &str, time: SystemTime) -> &mut Self {
        self.text(name, timestamp(time))
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// ISO 8601 with milliseconds, in UTC.
pub(crate) fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, milliseconds) = (since.as_secs(), since.subsec_millis());
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let (year, month, day) = civil_date(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut day) = (1970, days);
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    (year, month, day + 1)
}
