//! The article's Lambda, in the same fake AWS.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use autotag_fake_aws::DEFAULT_REGION;
use autotag_tests::local_aws;

use crate::events::Kind;
use crate::table::median;
use crate::world::World;

/// How many invocations are not counted: the first ones are cold starts.
const WARM_UP: usize = 20;

/// The cost of the Lambda's invocations.
pub struct Invocations {
    /// How many a second would do, one after the other.
    pub per_second: f64,
    /// How many requests to EC2 one sends.
    pub ec2_requests: f64,
    /// How long one takes: the median, in milliseconds.
    pub median_ms: f64,
}

/// Invokes the Lambda for `count` events of these kinds. `keeps_client` is whether it keeps its client, unlike the
/// article's.
pub fn invoke(kinds: &[Kind], count: usize, latency: Duration, keeps_client: bool) -> Invocations {
    let mut world = World::new(latency);
    let kinds = kinds.iter().cycle().take(WARM_UP + count);
    let bodies: Vec<String> = kinds.map(|kind| world.events.next(&world.aws, *kind)).collect();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), bodies.join("\n")).expect("a file");
    let python = local_aws::python(&|progress| eprintln!("{progress}")).expect("boto3");
    let mut command = Command::new(python);
    std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")).for_each(|(name, _)| {
        command.env_remove(name);
    });
    let output = command
        .arg("-I")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/service/lambda.py"))
        .arg(file.path())
        .arg(if keeps_client { "once" } else { "each" })
        .envs(world.aws.environment())
        .env("AWS_DEFAULT_REGION", DEFAULT_REGION)
        .output()
        .expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let took: Vec<f64> = serde_json::from_slice(&output.stdout).expect("a list of numbers");
    let counted = took.get(WARM_UP..).unwrap_or_default().to_vec();
    Invocations {
        per_second: counted.len() as f64 / counted.iter().sum::<f64>(),
        ec2_requests: world.ec2_requests() as f64 / took.len() as f64,
        median_ms: median(counted) * 1e3,
    }
}
