//! A harness in this process: the plugin under test replaces a harmless one, as in a running service, while a healthy
//! plugin is invoked again and again and must not notice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use autotag_core::event::{Event, decode};
use autotag_core::guard::Guard;
use autotag_sandbox::pipeline::Pipeline;
use autotag_sandbox::plan::{Outcome, Plan};
use autotag_sandbox::{
    CacheFolder, LimitOptions, Limits, LivePlugins, LoadError, LoadOptions, Metering, PluginOptions, Sandbox,
    SandboxOptions,
};
use autotag_tests::harness::{AMPLE_MS, Harness, INSTANCE, INTERFACE, events, predecessor};
use serde::Deserialize;
use serde_json::Value;

/// One for the plugin under test and one for the healthy plugin, each in its own engine.
const INSTANCES: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// What became of the event of the plugin under test; or why it did not load, with its predecessor still in force.
/// Either way, the healthy plugin was invoked before, meanwhile and afterwards, and always answered as it should.
#[track_caller]
pub fn put_in_harness(harness: &Harness) -> Result<Outcome, Arc<LoadError>> {
    let (file, aside) = (harness.file(), harness.folder().join("aside"));
    fs::rename(&file, &aside).unwrap();
    if harness.has_predecessor() {
        predecessor(harness.name()).write(&harness.plugins());
    }
    let host = Arc::new(Host::start(harness).unwrap());
    let answers = Arc::clone(&host).ask_healthy_again_and_again();
    next(&answers);
    if harness.has_predecessor() {
        // A folder cannot be renamed over a file.
        fs::remove_file(&file).unwrap();
    }
    fs::rename(&aside, &file).unwrap();
    let (sender, results) = mpsc::channel();
    thread::spawn(move || sender.send(host.exchange()));
    let result = next(&results);
    while answers.try_recv().is_ok() {}
    // One answer may have been on its way already.
    for _ in 0..2 {
        next(&answers);
    }
    result
}

/// The next result of a thread. There is a timeout: if the host leaks an instance, the test fails instead of hanging.
#[track_caller]
fn next<T>(results: &Receiver<T>) -> T {
    match results.recv_timeout(Duration::from_millis(2 * u64::from(AMPLE_MS))) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("the host waits for what never comes"),
        Err(RecvTimeoutError::Disconnected) => panic!("another thread has said what is wrong"),
    }
}

/// What the harness's `host.toml` holds, as far as tests set it.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct HostToml {
    require_pins: bool,
    tag_keys: BTreeSet<String>,
    access_keys: BTreeSet<String>,
    limits: LimitOptions,
    plugin: BTreeMap<String, PluginOptions>,
}

impl Default for HostToml {
    fn default() -> Self {
        let Guard { tag_keys, access_keys, .. } = Guard::default();
        let (limits, plugin) = (LimitOptions::default(), BTreeMap::new());
        Self { require_pins: false, tag_keys, access_keys, limits, plugin }
    }
}

fn options_and_guard(harness: &Harness) -> (LoadOptions, Guard) {
    let said: HostToml = toml::from_str(&fs::read_to_string(harness.config()).unwrap()).unwrap();
    let options = LoadOptions {
        folder: harness.plugins(),
        require_pins: said.require_pins,
        limits: said.limits.over(Limits::default()),
        plugins: said.plugin,
    };
    (options, Guard { tag_keys: said.tag_keys, access_keys: said.access_keys, ..Guard::default() })
}

/// The core of a running service: its plugins, and the decisions that it makes with them.
pub struct Host {
    live: LivePlugins,
    guard: Arc<Guard>,
    /// The name of the plugin under test.
    name: String,
    /// The event that it gets.
    event: Event,
    has_predecessor: bool,
}

impl Host {
    /// Starts one with the current content of the harness's folder.
    pub fn start(harness: &Harness) -> Result<Self, LoadError> {
        let (options, guard) = options_and_guard(harness);
        let sandbox = SandboxOptions {
            metering: Metering::Off,
            instances: INSTANCES,
            engines: INSTANCES,
            memory_bytes: options.most_memory_bytes(),
            cache: CacheFolder::Off,
        };
        let guard = Arc::new(guard);
        let live = LivePlugins::new(options, Arc::clone(&guard), Sandbox::new(&sandbox).unwrap());
        live.load_first()?;
        let (name, event) = (harness.name().into(), event(harness.event()));
        Ok(Self { live, guard, name, event, has_predecessor: harness.has_predecessor() })
    }

    /// Loads the current content of the folder, and then invokes the plugin in force on the event. It does so as often
    /// as there are instances, so that a leaked one is noticed. The second result must equal the first.
    fn exchange(&self) -> Result<Outcome, Arc<LoadError>> {
        let before = self.live.current();
        self.live.reload();
        self.live.reload();
        let reloads = self.live.reloads();
        let [first, second] = [(); 2].map(|()| self.ask());
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
        let Some(refused) = reloads.refused else {
            assert_eq!(reloads.swaps, 1);
            return Ok(first.expect("the plugin has loaded, and wants the event"));
        };
        assert!(Arc::ptr_eq(&before, &self.live.current()), "another set is in force");
        assert_eq!(reloads.swaps, 0);
        match first {
            Some(outcome) => assert_tags(&outcome, INTERFACE, "nobody"),
            None => assert!(!self.has_predecessor, "its predecessor is gone"),
        }
        Err(refused.error)
    }

    /// What becomes of the event with the plugin of that name, if it is in force. The healthy plugin answers as always.
    fn ask(&self) -> Option<Outcome> {
        let mut plan = self.plan(&self.event);
        assert_is_healthy(&mut plan);
        take(&self.name, &mut plan)
    }

    /// Invokes the healthy plugin on a thread of its own until the receiver is dropped; reports each answer.
    fn ask_healthy_again_and_again(self: Arc<Self>) -> Receiver<()> {
        let (sender, answers) = mpsc::channel();
        let [_, of_its_own] = events();
        let of_its_own = event(&of_its_own);
        thread::spawn(move || {
            loop {
                assert_is_healthy(&mut self.plan(&of_its_own));
                if sender.send(()).is_err() {
                    return;
                }
                // Other tests need the processor too.
                thread::sleep(Duration::from_millis(1));
            }
        });
        answers
    }

    /// The plan of the set in force for an event.
    fn plan(&self, event: &Event) -> Plan {
        Pipeline { registry: self.live.current(), guard: Arc::clone(&self.guard) }.plan(event)
    }
}

fn event(envelope: &Value) -> Event {
    decode(envelope.to_string().as_bytes()).remove(0).unwrap()
}

/// Takes the outcome of the plugin of this name out of a plan.
fn take(plugin: &str, plan: &mut Plan) -> Option<Outcome> {
    let mut plugins = plan.decisions.iter().map(|decision| decision.plugin.as_ref());
    let place = plugins.position(|id| id.is_some_and(|id| id.name == plugin))?;
    Some(plan.decisions.remove(place).outcome)
}

/// The healthy plugin has answered without any problem.
fn assert_is_healthy(plan: &mut Plan) {
    let outcome = take("healthy", plan).expect("the healthy plugin is asked");
    assert_tags(&outcome, INSTANCE, "bob");
}

fn assert_tags(outcome: &Outcome, resource: &str, owner: &str) {
    let Outcome::Tag { taggings, altered: None } = outcome else { panic!("{outcome:?}") };
    let [tagging] = &taggings[..] else { panic!("{taggings:?}") };
    let resources: Vec<_> = tagging.resources().map(ToString::to_string).collect();
    assert_eq!((&resources[..], tagging.tags["Owner"].as_str()), (&[resource.to_owned()][..], owner));
}
