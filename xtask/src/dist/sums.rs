//! SHA-256 digests, in the format of `sha256sum -c`.

use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::archive::paths;

/// The file with the digests of all other files of a folder.
pub(super) const SUMS: &str = "SHA256SUMS";

/// Writes the digests of all files of a folder into it, and returns them: relative paths and digests.
pub(super) fn write_into(folder: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let mut sums = Vec::new();
    for path in paths(folder)?.into_iter().filter(|path| path.is_file()) {
        let name = path.strip_prefix(folder)?.to_str().with_context(|| format!("{} is not UTF-8", path.display()))?;
        sums.push((name.to_owned(), sum(&path)?));
    }
    write(&folder.join(SUMS), &sums)?;
    Ok(sums)
}

/// Writes the digest of a file into a file beside it, and returns it.
pub(super) fn write_beside(file: &Path) -> anyhow::Result<String> {
    let name = file.file_name().and_then(|name| name.to_str()).context("the archive has a name")?;
    let sum = sum(file)?;
    write(&file.with_file_name(format!("{name}.sha256")), &[(name.to_owned(), sum.clone())])?;
    Ok(sum)
}

fn write(file: &Path, sums: &[(String, String)]) -> anyhow::Result<()> {
    let lines: String = sums.iter().map(|(name, sum)| format!("{sum}  {name}\n")).collect();
    fs::write(file, lines).with_context(|| format!("cannot write {}", file.display()))
}

fn sum(file: &Path) -> anyhow::Result<String> {
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
