//! Which requests a rule picks.

use super::super::random::Random;
use super::super::request::Request;
use super::super::service::Service;

/// Picks requests: all of one API action, of one service, or of any, narrowed by further conditions.
#[derive(Clone, Debug)]
pub struct On {
    service: Option<String>,
    action: Option<String>,
    account: Option<String>,
    region: Option<String>,
    touching: Option<String>,
    chance: Option<(f64, u64)>,
    skip: usize,
    count: usize,
}

impl On {
    /// Requests of every API action.
    pub fn any() -> Self {
        Self {
            service: None,
            action: None,
            account: None,
            region: None,
            touching: None,
            chance: None,
            skip: 0,
            count: usize::MAX,
        }
    }

    /// Requests of one API action, such as `CreateTags`.
    pub fn action(action: &str) -> Self {
        Self { action: Some(action.to_owned()), ..Self::any() }
    }

    /// Requests to one service, by the name that they are signed for: `ec2`, `sqs`, `sts`, `tagging`, `autoscaling`,
    /// `events`, `cloudtrail`, `kms`, `rds` or `s3`.
    ///
    /// # Panics
    ///
    /// For a service that the fake does not have.
    #[track_caller]
    pub fn service(service: &str) -> Self {
        let known = Service::ALL.iter().any(|known| known.name() == service);
        assert!(known, "the fake AWS has no service {service}");
        Self { service: Some(service.to_owned()), ..Self::any() }
    }

    /// Requests of one API action of one service, for an action that several services have: `DescribeTags` of `ec2` and
    /// of `autoscaling`.
    ///
    /// # Panics
    ///
    /// For a service that the fake does not have.
    #[track_caller]
    pub fn request(service: &str, action: &str) -> Self {
        Self { action: Some(action.to_owned()), ..Self::service(service) }
    }

    /// Only requests that act in this account.
    pub fn account(mut self, account: &str) -> Self {
        self.account = Some(account.to_owned());
        self
    }

    /// Only requests that were signed for this Region.
    pub fn region(mut self, region: &str) -> Self {
        self.region = Some(region.to_owned());
        self
    }

    /// Only requests that name this EC2 resource id, ARN, KMS key or RDS resource as they name it, or this SQS queue,
    /// Auto Scaling group, rule, trail or bucket by its name. A ListBuckets names its prefix.
    pub fn touching(mut self, name: &str) -> Self {
        self.touching = Some(name.to_owned());
        self
    }

    /// Each matching request only with this probability, from 0 for none to 1 for all. Which of them, in the order of
    /// their arrival, follows from the seed alone. [`On::nth`] and [`On::next`] count only the picked ones.
    pub fn chance(mut self, probability: f64, seed: u64) -> Self {
        self.chance = Some((probability, seed));
        self
    }

    /// Only the n-th matching request from now on, counted from 1.
    pub fn nth(mut self, n: usize) -> Self {
        self.skip = n.saturating_sub(1);
        self.count = 1;
        self
    }

    /// Only the next `k` matching requests.
    pub fn next(mut self, k: usize) -> Self {
        self.count = k;
        self
    }
}

/// Applies an [`On`] to one request after the other.
pub(super) struct Picker {
    on: On,
    random: Random,
    /// How many requests have matched, without those that chance has spared.
    fitted: usize,
}

impl Picker {
    pub fn new(on: On) -> Self {
        let seed = on.chance.map_or(0, |(_, seed)| seed);
        Self { on, random: Random::new(seed), fitted: 0 }
    }

    /// Whether the next request is picked.
    pub fn picks(&mut self, request: &Request) -> bool {
        if !self.on.fits(request) || self.on.chance.is_some_and(|(probability, _)| !self.random.happens(probability)) {
            return false;
        }
        let n = self.fitted;
        self.fitted += 1;
        n >= self.on.skip && n - self.on.skip < self.on.count
    }
}

impl On {
    fn fits(&self, request: &Request) -> bool {
        let is = |asked: &Option<String>, own: &str| asked.as_ref().is_none_or(|asked| asked == own);
        is(&self.action, &request.action)
            && is(&self.service, request.service.name())
            && is(&self.account, &request.account)
            && is(&self.region, &request.region)
            && self
                .touching
                .as_ref()
                .is_none_or(|name| request.queue_name().as_ref() == Some(name) || request.resource_ids().contains(name))
    }
}
