//! The expected result of each message, until it has been checked.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use autotag_fake_aws::{FakeAws, RegionHandle};

use crate::events::is_right;
use crate::table::{Table, number};
use crate::world::{DEAD, QUEUE};

/// How long after its message has left the queue a resource is checked: nothing may happen to it meanwhile.
const AFTER: Duration = Duration::from_secs(10);
/// How many errors are shown.
const SHOWN: usize = 10;

/// The expected result of a message.
pub enum Expected {
    /// What the API call created is tagged.
    Tags(Made),
    /// It ends in the dead-letter queue.
    DeadLetter,
}

/// What a user's API call created.
pub struct Made {
    /// The index of its account and Region among all.
    pub account_region: usize,
    pub user: usize,
    pub created: Vec<String>,
}

/// All that is still to be checked, and the results so far.
pub struct Ledger<'a> {
    aws: &'a FakeAws,
    account_regions: Vec<RegionHandle>,
    foreign: RegionHandle,
    /// By message id, for messages that were in the queue at the last look.
    waiting: HashMap<String, Made>,
    /// With when their messages were found to have left the queue.
    gone: VecDeque<(Instant, Made)>,
    /// The ids of messages that must be in the dead-letter queue in the end.
    doomed: HashSet<String>,
    right: usize,
    /// Messages with a resource that has no owner.
    lost: usize,
    /// Messages with a resource that has another owner than it must have.
    wrong: usize,
    shown: Vec<String>,
}

impl<'a> Ledger<'a> {
    pub fn new(aws: &'a FakeAws, account_regions: Vec<RegionHandle>, foreign: RegionHandle) -> Self {
        Self {
            aws,
            account_regions,
            foreign,
            waiting: HashMap::new(),
            gone: VecDeque::new(),
            doomed: HashSet::new(),
            right: 0,
            lost: 0,
            wrong: 0,
            shown: Vec::new(),
        }
    }

    pub fn expect(&mut self, message: String, expected: Expected) {
        match expected {
            Expected::Tags(made) => drop(self.waiting.insert(message, made)),
            Expected::DeadLetter => drop(self.doomed.insert(message)),
        }
    }

    /// Checks the resources of messages that have left the queue, and removes them.
    pub fn look(&mut self) {
        let now = Instant::now();
        let left: HashSet<String> = self.aws.messages(QUEUE).into_iter().map(|message| message.id).collect();
        let gone = self.waiting.extract_if(|message, _| !left.contains(message));
        self.gone.extend(gone.map(|(_, made)| (now, made)));
        while let Some((_, made)) = self.gone.pop_front_if(|(since, _)| now.duration_since(*since) >= AFTER) {
            self.judge(&made);
        }
    }

    fn judge(&mut self, made: &Made) {
        let account_region = &self.account_regions[made.account_region];
        let (mut is_lost, mut is_wrong) = (false, false);
        for resource in &made.created {
            let tags = account_region.tags(resource);
            if !is_right(&tags, Some(made.user)) {
                *(if tags.contains_key("Owner") { &mut is_wrong } else { &mut is_lost }) = true;
                if self.shown.len() < SHOWN {
                    let (account, region) = (account_region.account(), account_region.region());
                    self.shown.push(format!("{account} {region} {resource} of user {} has {tags:?}", made.user));
                }
            }
            account_region.remove_resource(resource);
        }
        match (is_wrong, is_lost) {
            (true, _) => self.wrong += 1,
            (false, true) => self.lost += 1,
            (false, false) => self.right += 1,
        }
    }

    /// How many messages have left the queue, poison messages left out.
    pub fn handled(&self) -> usize {
        self.gone.len() + self.right + self.wrong + self.lost
    }

    /// Whether the resources of all messages that have left the queue are checked.
    pub fn is_closed(&self) -> bool {
        self.gone.is_empty()
    }

    pub fn report(&self, table: &mut Table) {
        let Self { right, lost, wrong, .. } = self;
        let waiting = self.waiting.len();
        let of_all = |part: usize, all: usize| format!("{} of {}", number(part as f64), number(all as f64));
        let right = of_all(*right, right + lost + wrong + waiting);
        table.row("soak: messages whose resources have the right owner", right, "all");
        let others = format!("{wrong} / {lost} / {waiting}");
        table.row("soak: with another owner / without one / unacknowledged", others, "0 / 0 / 0");
        let (dead, missing) = self.dead_letters();
        let poison = of_all(self.doomed.len() - missing, self.doomed.len());
        table.row("soak: poison in the dead-letter queue", poison, "all");
        table.row("soak: other messages there", foreign(&dead, &self.doomed).to_string(), "0");
    }

    /// Fails if anything is not as it must be, or if anything else was tagged.
    pub fn check(&self) -> Result<(), String> {
        if !self.shown.is_empty() {
            return Err(format!("resources with wrong tags, the first of them: {:#?}", self.shown));
        }
        let (dead, missing) = self.dead_letters();
        let (waiting, others) = (self.waiting.len(), foreign(&dead, &self.doomed));
        if (waiting, others, missing) != (0, 0, 0) {
            return Err(format!(
                "{waiting} messages are unacknowledged, {others} dead that must not be, {missing} not that must be"
            ));
        }
        if let Some(touched) = self.foreign.tags_of_all().into_iter().find(|(_, tags)| !is_right(tags, None)) {
            return Err(format!("tagged in an account that is none of the host's: {touched:?}"));
        }
        // What the API calls created was checked, and then removed.
        match self.account_regions.iter().flat_map(RegionHandle::resource_ids).next() {
            Some(other) => Err(format!("{other} is there, and no client has made it")),
            None => Ok(()),
        }
    }

    /// The messages in the dead-letter queue, and how many are missing there.
    fn dead_letters(&self) -> (HashSet<String>, usize) {
        let dead: HashSet<String> = self.aws.messages(DEAD).into_iter().map(|message| message.id).collect();
        let missing = self.doomed.difference(&dead).count();
        (dead, missing)
    }
}

/// How many messages of the dead-letter queue must not be there.
fn foreign(dead: &HashSet<String>, doomed: &HashSet<String>) -> usize {
    dead.difference(doomed).count()
}
