//! IP addresses, and CIDR blocks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest IPv4 address: `255.255.255.255`.
const MAX_IPV4_CHARS: usize = 15;

/// Reads an IP address in any notation: `2001:db8::1` is `2001:0db8:0:0:0:0:0:1`.
pub(super) fn read(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        // To EventBridge, what ends as an IPv4 address is no IPv6 address.
        let is_plain = text.bytes().all(|byte| byte == b':' || byte.is_ascii_hexdigit());
        let address: Ipv6Addr = is_plain.then(|| text.parse().ok()).flatten()?;
        return Some(address.to_ipv4_mapped().map_or(IpAddr::V6(address), IpAddr::V4));
    }
    // The standard library refuses leading zeros.
    if text.len() > MAX_IPV4_CHARS {
        return None;
    }
    let mut parts = text.split('.').map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| part.parse::<u8>().ok()).flatten()
    });
    let mut next = || parts.next().flatten();
    let octets = [next()?, next()?, next()?, next()?];
    parts.next().is_none().then(|| Ipv4Addr::from(octets).into())
}

/// A CIDR block.
#[derive(Debug, Clone)]
pub(super) struct Block {
    address: IpAddr,
    mask_bits: u32,
}

impl Block {
    /// Reads `10.0.0.0/8`. The bits after the mask are ignored.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let no_block = || format!("`{text}` is no block of addresses, such as 10.0.0.0/8 or 2001:db8::/32");
        let (address, mask_bits) = text.split_once('/').ok_or_else(no_block)?;
        let (address, mask_bits) = (read(address).ok_or_else(no_block)?, mask_bits.parse().map_err(|_| no_block())?);
        let bits = if address.is_ipv4() { 32 } else { 128 };
        match mask_bits {
            _ if mask_bits < bits => Ok(Self { address, mask_bits }),
            _ if mask_bits == bits => {
                Err(format!("EventBridge takes no block of one address; write the address itself: \"{address}\""))
            }
            _ => Err(no_block()),
        }
    }

    pub(super) fn has(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(block), IpAddr::V4(address)) => {
                (block.to_bits() ^ address.to_bits()).leading_zeros() >= self.mask_bits
            }
            (IpAddr::V6(block), IpAddr::V6(address)) => {
                (block.to_bits() ^ address.to_bits()).leading_zeros() >= self.mask_bits
            }
            _ => false,
        }
    }
}

/// The addresses just inside and just outside both ends of a CIDR block, or of one address; empty if the text is
/// neither.
///
/// ```
/// use autotag_core::pattern::edges;
///
/// let edges: Vec<_> = edges("10.0.0.0/30").iter().map(ToString::to_string).collect();
/// assert_eq!(edges, ["10.0.0.0", "10.0.0.3", "9.255.255.255", "10.0.0.4"]);
/// ```
#[must_use]
pub fn edges(text: &str) -> Vec<IpAddr> {
    let (address, host_bits) = match (Block::read(text), read(text)) {
        (Ok(Block { address: address @ IpAddr::V4(_), mask_bits }), _) => (address, 32 - mask_bits),
        (Ok(Block { address, mask_bits }), _) => (address, 128 - mask_bits),
        (_, Some(address)) => (address, 0),
        _ => return Vec::new(),
    };
    match address {
        IpAddr::V4(address) => {
            let hosts = u32::MAX.checked_shr(32 - host_bits).unwrap_or_default();
            let (first, last) = (address.to_bits() & !hosts, address.to_bits() | hosts);
            let edges = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
            edges.map(|bits| Ipv4Addr::from_bits(bits).into()).into()
        }
        IpAddr::V6(address) => {
            let hosts = u128::MAX.checked_shr(128 - host_bits).unwrap_or_default();
            let (first, last) = (address.to_bits() & !hosts, address.to_bits() | hosts);
            let edges = [first, last, first.wrapping_sub(1), last.wrapping_add(1)];
            edges.map(|bits| Ipv6Addr::from_bits(bits).into()).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_its_addresses_however_they_are_written() {
        for (block, address, is_in) in [
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.77/24", "10.0.0.1", true),
            ("10.0.0.0/8", "10.00.000.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::/32", "2001:0DB8:85a3:0000:0000:8a2e:0370:7348", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "2001:db8::1", true),
        ] {
            assert_eq!(Block::read(block).unwrap().has(read(address).unwrap()), is_in, "{block} {address}");
        }
    }

    #[test]
    fn what_is_no_address_or_block_is_not_read() {
        for text in [
            "",
            "10.0.0",
            "10.0.0.0.0",
            "10.0.0.256",
            "10.0.0.+1",
            "10..0.1",
            "ec2.amazonaws.com",
            "::ffff:10.0.0.1",
            ":::",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for text in ["10.0.0.1", "10.0.0.1/33", "::/129", "10.0.0.0/x", "10.0.0.0/-1", "x/8", "10.0.0.0/8/8"] {
            assert!(Block::read(text).unwrap_err().contains("is no block"), "{text}");
        }
        for text in ["10.0.0.1/32", "2001:db8::1/128"] {
            assert!(Block::read(text).unwrap_err().contains("write the address itself"), "{text}");
        }
    }
}
