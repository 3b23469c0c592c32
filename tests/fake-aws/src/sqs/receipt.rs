//! Receipt handles: opaque to clients, and different for each receive.

/// The decoded form of a receipt handle.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Receipt {
    pub queue: String,
    pub serial: u64,
    /// The receive count of the message at that receive.
    pub receive: u32,
}

/// The prefix of real receipt handles.
const PREFIX: &str = "AQEB";

impl Receipt {
    pub fn to_handle(&self) -> String {
        let plain = format!("{}/{}/{}", self.serial, self.receive, self.queue);
        let mut handle = String::with_capacity(PREFIX.len() + 2 * plain.len());
        handle.push_str(PREFIX);
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
        handle.extend(plain.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        handle
    }

    pub fn from_handle(handle: &str) -> Option<Self> {
        let digits = handle.strip_prefix(PREFIX)?.as_bytes();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let plain = digits.chunks(2).map(byte).collect::<Option<Vec<u8>>>()?;
        let mut parts = std::str::from_utf8(&plain).ok()?.splitn(3, '/');
        let (serial, receive) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Self { queue: parts.next()?.to_owned(), serial, receive })
    }
}
