//! What is in the packages that were made, held against what is to be there. The tools that make them have rules of
//! their own for what they compress, add and leave out.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use tar::Archive;

use super::packages::{Family, SETTINGS, installed_files, mode};
use crate::cargo::ask;
use crate::console::announce;

/// A file in a package.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    mode: u32,
    belongs_to_root: bool,
    /// Whether an upgrade leaves it as the operator has made it.
    is_kept: bool,
}

/// Of a mode, what is not the kind of the file.
const PERMISSIONS: u32 = 0o7777;

/// By path, without a slash at the beginning.
type Entries = BTreeMap<String, Entry>;

/// Fails if a package has other contents than these files of the archive, or if what its unit names is not in it.
pub(super) fn check(package: &Path, family: Family, files: &[String], unit: &str) -> anyhow::Result<()> {
    let entries = match family {
        Family::Debian => of_debian(package),
        // Few machines that build packages have an rpm.
        Family::RedHat if Command::new("rpm").arg("--version").output().is_err() => {
            announce("The .rpm is not looked into without rpm: apt-get install rpm");
            return Ok(());
        }
        Family::RedHat => of_red_hat(package),
    };
    let entries = entries.with_context(|| format!("cannot read what is in {}", package.display()))?;
    let faults = faults(&entries, family, files, unit);
    ensure!(faults.is_empty(), "{} is not as it should be:\n- {}", package.display(), faults.join("\n- "));
    Ok(())
}

/// What is in a package for Debian.
fn of_debian(package: &Path) -> anyhow::Result<Entries> {
    let kept = ask(Command::new("dpkg-deb").arg("--info").arg(package).arg("conffiles"))?;
    let mut unpack = Command::new("dpkg-deb");
    let mut unpack = unpack.arg("--fsys-tarfile").arg(package).stdout(Stdio::piped()).spawn()?;
    let mut output = unpack.stdout.take().context("the output is a pipe")?;
    let entries = of_tar(&mut output, &kept);
    // It fails if its output is not read to the end.
    drop(std::io::copy(&mut output, &mut std::io::sink()));
    ensure!(unpack.wait()?.success(), "dpkg-deb cannot unpack it");
    entries
}

fn of_tar(tar: impl Read, kept: &str) -> anyhow::Result<Entries> {
    let mut entries = Entries::new();
    for entry in Archive::new(tar).entries()? {
        let entry = entry?;
        let header = entry.header();
        if header.entry_type().is_dir() {
            continue;
        }
        let path = entry.path()?.display().to_string().trim_start_matches("./").to_owned();
        let is_kept = kept.lines().any(|line| line.strip_prefix('/') == Some(&path));
        // cargo-deb leaves both empty, which dpkg takes for root, and the tar crate for no number.
        let is_zero = |field: &[u8]| field.iter().all(|byte| matches!(byte, 0 | b' ' | b'0'));
        let belongs_to_root = is_zero(&header.as_old().uid) && is_zero(&header.as_old().gid);
        entries.insert(path, Entry { mode: header.mode()? & PERMISSIONS, belongs_to_root, is_kept });
    }
    Ok(entries)
}

/// What is in a package for Red Hat's systems.
fn of_red_hat(package: &Path) -> anyhow::Result<Entries> {
    let format = r"[%{FILEMODES} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILEFLAGS} %{FILENAMES}\n]";
    let said = ask(Command::new("rpm").args(["--query", "--queryformat", format, "--package"]).arg(package))?;
    of_query(&said)
}

fn of_query(said: &str) -> anyhow::Result<Entries> {
    // Two of rpm's flags: it is a setting, and an upgrade does not replace it.
    const KEPT: u32 = 1 | 1 << 4;
    let entry = |line: &str| {
        let mut words = line.splitn(4, ' ');
        let (mode, owner, flags) = (words.next()?.parse::<u32>().ok()?, words.next()?, words.next()?);
        let (flags, path) = (flags.parse::<u32>().ok()?, words.next()?.strip_prefix('/')?);
        let (belongs_to_root, is_kept) = (owner == "root:root", flags & KEPT == KEPT);
        Some((path.to_owned(), Entry { mode: mode & PERMISSIONS, belongs_to_root, is_kept }))
    };
    said.lines().map(|line| entry(line).with_context(|| format!("rpm lists a file as {line:?}"))).collect()
}

/// What is wrong with the contents of a package.
fn faults(entries: &Entries, family: Family, files: &[String], unit: &str) -> Vec<String> {
    let mut expected: BTreeMap<_, _> = installed_files(files, family)
        .into_iter()
        .map(|(_, to)| (to.clone(), Entry { is_kept: to == SETTINGS, ..file(mode(&to)) }))
        .collect();
    if family == Family::Debian {
        // cargo-deb makes it from the licence.
        expected.insert("usr/share/doc/autotag/copyright".into(), file(0o644));
    }
    // cargo-deb also compresses the manual pages.
    let found: BTreeMap<_, _> = entries.iter().map(|(path, entry)| (without_compression(path), entry)).collect();
    let mut faults = Vec::new();
    for (path, entry) in &expected {
        match found.get(path.as_str()) {
            None => faults.push(format!("{path} is missing")),
            Some(other) if *other != entry => faults.push(format!("{path} is {other:?}, and should be {entry:?}")),
            Some(_) => {}
        }
    }
    for path in found.keys().filter(|path| !expected.contains_key(**path)) {
        faults.push(format!("{path} is not to be there"));
    }
    // The DNS tool of that name has both.
    for path in found.keys().filter(|path| matches!(**path, "usr/bin/host" | "usr/share/man/man1/host.1")) {
        faults.push(format!("{path} is another package's"));
    }
    for key in ["ExecStart", "EnvironmentFile"] {
        let value = unit.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix("=/"));
        let path = value.and_then(|value| value.split_whitespace().next());
        if !path.is_some_and(|path| found.contains_key(path)) {
            faults.push(format!("the unit's {key} names {path:?}, which is not in the package"));
        }
    }
    faults
}

/// A file of root's.
fn file(mode: u32) -> Entry {
    Entry { mode, belongs_to_root: true, is_kept: false }
}

fn without_compression(path: &str) -> &str {
    if path.starts_with("usr/share/man/") { path.trim_end_matches(".gz") } else { path }
}

#[cfg(test)]
mod tests {
    use tar::{Builder, EntryType, Header};

    use super::*;

    const UNIT: &str = "[Service]\nExecStart=/usr/bin/autotag run\nEnvironmentFile=/etc/autotag/autotag.env\n";

    fn files() -> Vec<String> {
        ["autotag", "man/man1/autotag.1", "plugins/ec2.wasm", "infra/autotag.service"].map(str::to_owned).into()
    }

    /// What a good package for Red Hat's systems has.
    fn good() -> Entries {
        let said = "\
33188 root:root 0 /usr/lib/systemd/system/autotag.service
33152 root:root 17 /etc/autotag/autotag.env
33261 root:root 0 /usr/bin/autotag
33188 root:root 0 /usr/lib/autotag/plugins/ec2.wasm
33188 root:root 0 /usr/share/man/man1/autotag.1
";
        of_query(said).unwrap()
    }

    #[track_caller]
    fn assert_faults(entries: &Entries, expected: &[&str]) {
        let faults = faults(entries, Family::RedHat, &files(), UNIT);
        assert_eq!(faults.len(), expected.len(), "{faults:?}");
        assert!(faults.iter().zip(expected).all(|(fault, part)| fault.contains(part)), "{faults:?}");
    }

    #[test]
    fn a_package_with_all_of_the_archives_files_in_their_places_is_good() {
        assert_faults(&good(), &[]);
    }

    #[test]
    fn what_is_missing_and_what_is_too_much_is_named() {
        let mut entries = good();
        entries.remove("usr/lib/autotag/plugins/ec2.wasm");
        entries.insert("usr/bin/host".into(), file(0o755));
        let host = ["usr/bin/host is not to be there", "usr/bin/host is another package's"];
        assert_faults(&entries, &["plugins/ec2.wasm is missing", host[0], host[1]]);
    }

    #[test]
    fn settings_that_others_can_read_or_an_upgrade_replaces_are_a_fault() {
        let settings = Entry { is_kept: true, ..file(0o600) };
        let with = |entry| good().into_iter().chain([(SETTINGS.to_owned(), entry)]).collect::<Entries>();
        assert_faults(&with(settings.clone()), &[]);
        for other in [
            Entry { mode: 0o644, ..settings.clone() },
            Entry { is_kept: false, ..settings.clone() },
            Entry { belongs_to_root: false, ..settings },
        ] {
            assert_faults(&with(other), &[SETTINGS]);
        }
    }

    #[test]
    fn what_the_unit_names_has_to_be_in_the_package() {
        let unit = UNIT.replace("/usr/bin/autotag", "/usr/local/bin/autotag");
        let faults = faults(&good(), Family::RedHat, &files(), &unit);
        assert_eq!(
            faults,
            [r#"the unit's ExecStart names Some("usr/local/bin/autotag"), which is not in the package"#]
        );
    }

    #[test]
    fn of_a_package_for_debian_permissions_owners_and_settings_are_read() {
        let mut tar = Builder::new(Vec::new());
        let mut folder = Header::new_gnu();
        folder.set_entry_type(EntryType::Directory);
        folder.set_size(0);
        tar.append_data(&mut folder, "./usr/", std::io::empty()).unwrap();
        for (path, mode, owner) in [
            ("./etc/autotag/autotag.env", 0o600, None),
            ("./usr/bin/autotag", 0o755, Some(1000)),
            ("./usr/share/a", 0o644, Some(0)),
        ] {
            let mut header = Header::new_gnu();
            header.set_mode(mode);
            if let Some(owner) = owner {
                header.set_uid(owner);
                header.set_gid(0);
            }
            header.set_size(0);
            tar.append_data(&mut header, path, std::io::empty()).unwrap();
        }
        let entries = of_tar(&*tar.into_inner().unwrap(), "/etc/autotag/autotag.env\n").unwrap();
        assert_eq!((entries.len(), &entries["usr/share/a"]), (3, &file(0o644)));
        assert_eq!(entries["etc/autotag/autotag.env"], Entry { is_kept: true, ..file(0o600) });
        assert_eq!(entries["usr/bin/autotag"], Entry { belongs_to_root: false, ..file(0o755) });
    }
}
