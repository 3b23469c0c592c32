//! A reproducible archive of a folder: its bytes depend only on the files.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// Packs a folder as the archive's only top-level one. All times are `time`, in seconds since 1970.
pub(super) fn pack(folder: &Path, archive: &Path, time: u64) -> anyhow::Result<()> {
    write(folder, archive, time).with_context(|| format!("cannot pack {} into {}", folder.display(), archive.display()))
}

fn write(folder: &Path, archive: &Path, time: u64) -> io::Result<()> {
    let above = folder.parent().unwrap_or(folder);
    // GzBuilder writes neither a name nor a time by default.
    let compressed = GzBuilder::new().write(BufWriter::new(File::create(archive)?), Compression::default());
    let mut builder = Builder::new(compressed);
    for path in paths(folder)? {
        let name = path.strip_prefix(above).unwrap_or(&path);
        let mut header = Header::new_ustar();
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        if path.is_dir() {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
            header.set_size(0);
            builder.append_data(&mut header, name.join(""), io::empty())?;
        } else {
            let file = File::open(&path)?;
            let metadata = file.metadata()?;
            let is_program = metadata.permissions().mode() & 0o100 != 0;
            header.set_entry_type(EntryType::Regular);
            header.set_mode(if is_program { 0o755 } else { 0o644 });
            header.set_size(metadata.len());
            builder.append_data(&mut header, name, file)?;
        }
    }
    builder.into_inner()?.finish()?.into_inner()?.sync_all()
}

/// A folder and everything below it: folders before their content, and names in byte order.
pub(super) fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut inner: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    inner.sort();
    let mut paths = vec![folder.to_owned()];
    for path in inner {
        if path.is_dir() { paths.extend(self::paths(&path)?) } else { paths.push(path) }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::time::{Duration, SystemTime};

    use flate2::read::GzDecoder;
    use tar::Archive;
    use tempfile::tempdir;

    use super::*;

    /// A folder with these files, created in this order, at this age.
    fn folder(above: &Path, files: &[(&str, &str, u32)], age: Duration) -> PathBuf {
        let folder = above.join("autotag-1.2.3");
        for (name, text, mode) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, Permissions::from_mode(*mode)).unwrap();
            File::options().append(true).open(&path).unwrap().set_modified(SystemTime::now() - age).unwrap();
        }
        folder
    }

    fn packed(files: &[(&str, &str, u32)], age: Duration) -> Vec<u8> {
        let above = tempdir().unwrap();
        let archive = above.path().join("a.tar.gz");
        pack(&folder(above.path(), files, age), &archive, 1_000_000_000).unwrap();
        fs::read(archive).unwrap()
    }

    #[test]
    fn an_archive_of_the_same_files_has_the_same_bytes_whenever_and_by_whomever_they_were_made() {
        let one = packed(&[("host", "binary", 0o755), ("plugins/a.wasm", "a", 0o644)], Duration::ZERO);
        let again = packed(&[("plugins/a.wasm", "a", 0o600), ("host", "binary", 0o700)], Duration::from_secs(5000));
        assert!(one == again);
        let other = packed(&[("plugins/a.wasm", "b", 0o600), ("host", "binary", 0o700)], Duration::ZERO);
        assert!(one != other);
    }

    #[test]
    fn entries_are_sorted_below_one_folder_and_have_no_owner() {
        let files = [("sbom/z.json", "z", 0o640), ("host", "binary", 0o750), ("plugins/a.wasm", "a", 0o666)];
        let bytes = packed(&files, Duration::from_secs(7));
        // The time field of the gzip header is empty.
        assert_eq!(bytes[4..8], [0; 4]);
        let mut archive = Archive::new(GzDecoder::new(&*bytes));
        let entries = archive.entries().unwrap().map(|entry| {
            let entry = entry.unwrap();
            let header = entry.header();
            assert_eq!((header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap()), (0, 0, 1_000_000_000));
            assert_eq!((header.username().unwrap(), header.groupname().unwrap()), (Some(""), Some("")));
            (entry.path().unwrap().display().to_string(), header.mode().unwrap())
        });
        let expected = [
            ("autotag-1.2.3/", 0o755),
            ("autotag-1.2.3/host", 0o755),
            ("autotag-1.2.3/plugins/", 0o755),
            ("autotag-1.2.3/plugins/a.wasm", 0o644),
            ("autotag-1.2.3/sbom/", 0o755),
            ("autotag-1.2.3/sbom/z.json", 0o644),
        ];
        let expected = expected.map(|(path, mode)| (path.to_owned(), mode));
        assert_eq!(entries.collect::<Vec<_>>(), expected);
    }
}
