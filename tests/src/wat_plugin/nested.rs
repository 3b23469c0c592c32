//! Adds sections to a plugin, for what one core module cannot do.

/// The id of the section that holds a nested component.
pub const COMPONENT: u8 = 4;
/// The id of the section that instantiates components.
const INSTANCE: u8 = 5;
/// The header of a component.
pub const HEADER: &[u8; 8] = b"\0asm\x0d\0\x01\0";

/// The component with another one nested in it, instantiated this often. The nested one is WebAssembly text that
/// imports nothing.
#[must_use]
pub fn with_nested(component: &[u8], text: &str, instances: u32) -> Vec<u8> {
    let nested = wat::parse_str(text).unwrap();
    // Components are numbered in the order of their sections.
    let number = sections(component).filter(|(id, _)| *id == COMPONENT).count();
    let number = number_of(u32::try_from(number).unwrap());
    let instantiation: Vec<u8> = [&[0][..], &number, &[0]].concat();
    let instantiations = [number_of(instances), instantiation.repeat(instances as usize)].concat();
    [component, &section(COMPONENT, &nested), &section(INSTANCE, &instantiations)].concat()
}

/// The module or component with a custom section of this name.
#[must_use]
pub fn with_custom_section(wasm: &[u8], name: &str, content: &[u8]) -> Vec<u8> {
    let name = [&number_of(u32::try_from(name.len()).unwrap()), name.as_bytes()].concat();
    [wasm, &section(0, &[&name, content].concat())].concat()
}

/// The sections of a component: their ids and contents.
fn sections(component: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = &component[HEADER.len()..];
    std::iter::from_fn(move || {
        let (&id, mut tail) = rest.split_first()?;
        let (mut length, mut shift) = (0, 0);
        while let Some((&byte, next)) = tail.split_first() {
            (length, shift, tail) = (length | usize::from(byte & 0x7f) << shift, shift + 7, next);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (content, next) = tail.split_at(length);
        rest = next;
        Some((id, content))
    })
}

/// A section with this content.
#[must_use]
pub fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &number_of(u32::try_from(content.len()).unwrap()), content].concat()
}

/// A number in LEB128, WebAssembly's encoding: seven bits a byte, the low ones first.
fn number_of(mut number: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = u8::try_from(number & 0x7f).unwrap();
        number >>= 7;
        if number == 0 {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}
