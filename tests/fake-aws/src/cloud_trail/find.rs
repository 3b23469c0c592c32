//! Which trails a Region shows, and by which names.

use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::model::{Trail, is_name};

/// A trail as one Region shows it.
pub(super) struct Shown<'a> {
    pub trail: &'a Trail,
    pub home: &'a str,
    pub arn: String,
}

pub(super) fn arn(account: &str, home: &str, name: &str) -> String {
    format!("arn:aws:cloudtrail:{home}:{account}:trail/{name}")
}

/// The trails of the requested Region, and the shadows there of multi-Region trails whose home is another one.
pub(super) fn shown<'a>(world: &'a World, request: &'a Request) -> Vec<Shown<'a>> {
    let all = world.regions_of(&request.account).flat_map(|(home, region)| {
        let with_home = move |trail: &'a Trail| {
            let account = trail.of_account.as_ref().unwrap_or(&request.account);
            Shown { trail, home, arn: arn(account, home, &trail.name) }
        };
        region.trails.values().map(with_home)
    });
    all.filter(|shown| shown.home == request.region || shown.trail.multi_region).collect()
}

impl Shown<'_> {
    /// Whether `name` means this trail. A shadow is known by its ARN alone.
    pub fn is_called(&self, name: &str, request: &Request) -> bool {
        self.arn == name || self.home == request.region && self.trail.name == name
    }
}

/// The trail of this name or ARN.
///
/// # Errors
///
/// `TrailNotFoundException` if it is not shown here, and CloudTrail's own codes for what can be neither a name nor an
/// ARN.
pub(super) fn find<'a>(world: &'a World, request: &'a Request, name: &str) -> Result<Shown<'a>, ApiError> {
    let trail_name = name.rsplit_once(":trail/").map(|(_, trail)| trail);
    if name.starts_with("arn:") && !trail_name.is_some_and(is_name) {
        let message = format!("{name} is not a valid ARN of a trail.");
        return Err(ApiError::new(400, "CloudTrailARNInvalidException", message));
    }
    if !is_name(trail_name.unwrap_or(name)) {
        let message = format!("Trail name {name} must have 3 to 128 letters, digits, '.', '-' and '_'.");
        return Err(ApiError::new(400, "InvalidTrailNameException", message));
    }
    let found = shown(world, request)
        .into_iter()
        .find(|shown| shown.is_called(name, request) && shown.trail.of_account.is_none());
    found.ok_or_else(|| {
        let name =
            if name.starts_with("arn:") { name.to_owned() } else { arn(&request.account, &request.region, name) };
        let message = format!("Unknown trail: {name} for the user: {}", request.account);
        ApiError::new(400, "TrailNotFoundException", message)
    })
}
