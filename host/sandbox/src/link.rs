//! What a component may import and must export, and what its imports are linked to.

use autotag_core::text::sanitize;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::artifact::Artifact;
use crate::bindings::{PluginPre, autotag::plugin::log};
use crate::contract::{KNOWN_VERSION, version_of};
use crate::error::FileError;
use crate::options::Wasi;
use crate::state::State;
use crate::wasi;

/// The only interfaces that a plugin may import. `types` holds no function, only the types of `log` and `extractor`.
const ALLOWED_IMPORTS: [&str; 2] = ["autotag:plugin/log@1.", "autotag:plugin/types@1."];

/// Checks what the component imports, before anything in it runs.
pub(crate) fn check_imports(artifact: &Artifact, wasi: Wasi, section: &str) -> Result<(), FileError> {
    for import in &artifact.imports {
        let is_stub = wasi::has(import);
        let is_allowed = ALLOWED_IMPORTS.iter().any(|allowed| import.starts_with(allowed));
        match wasi {
            _ if is_allowed => {}
            Wasi::Stub if is_stub => {}
            Wasi::None if is_stub => {
                return Err(FileError::WasiImport { import: sanitize(import), section: section.into() });
            }
            _ => return Err(FileError::ForbiddenImport { import: sanitize(import) }),
        }
    }
    Ok(())
}

/// Checks that the component exports what makes it a plugin, of a version that this host knows.
pub(crate) fn check_exports(artifact: &Artifact) -> Result<(), FileError> {
    match version_of(&artifact.exports) {
        Some(version) if version.starts_with(KNOWN_VERSION) => Ok(()),
        Some(found) => Err(FileError::OtherVersion { found: sanitize(found) }),
        None if artifact.exports.is_empty() => Err(FileError::OtherWorld { exports: "nothing".into() }),
        None => Err(FileError::OtherWorld { exports: sanitize(&artifact.exports.join(", ")) }),
    }
}

/// Links the component, and does all that can be done once for all invocations.
pub(crate) fn link(component: &Component, wasi: Wasi) -> Result<PluginPre<State>, FileError> {
    let mut linker = Linker::new(component.engine());
    log::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
        .and_then(|()| if wasi == Wasi::Stub { wasi::link(&mut linker, component) } else { Ok(()) })
        .and_then(|()| linker.instantiate_pre(component))
        .and_then(PluginPre::new)
        .map_err(|error| FileError::Contract(sanitize(&format!("{error:#}"))))
}
