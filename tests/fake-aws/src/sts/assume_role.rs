//! AssumeRole.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant, SystemTime};

use super::super::ec2::query::Query;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::super::xml::Xml;
use super::sessions::Session;

/// The duration of a session unless the request gives one, in seconds.
const DEFAULT_DURATION: u64 = 3_600;
/// In seconds.
const DURATIONS: RangeInclusive<u64> = 900..=43_200;

pub(super) fn assume_role(world: &mut World, request: &Request, query: &Query) -> Result<String, ApiError> {
    query.allow(&["RoleArn", "RoleSessionName", "ExternalId", "DurationSeconds"])?;
    let (arn, session_name) = (required(query, "RoleArn")?, required(query, "RoleSessionName")?);
    check_session_name(session_name)?;
    let duration = Duration::from_secs(read_duration(query)?);
    let serial = world.next_serial();
    let caller = &request.caller;
    // Like AWS, it does not say what was wrong.
    let denied = || {
        let message = format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        ApiError::new(403, "AccessDenied", message)
    };
    let role = world.sts.roles.get(arn).ok_or_else(denied)?;
    if role.external_id.is_some() && role.external_id.as_deref() != query.text("ExternalId") {
        return Err(denied());
    }
    let lifetime = duration.min(world.sts.token_lifetime);
    let (key, token) = (format!("ASIA{serial:016X}"), format!("IQoJb3JpZ2luX2VjE{serial:032x}"));
    let session = Session {
        account: role.account.clone(),
        token: token.clone(),
        expires: Instant::now() + lifetime,
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{session_name}", role.account, role.name),
        user_id: format!("AROAFAKEAWSFAKEAWSFA:{session_name}"),
    };
    let mut reply = Xml::default();
    reply.element("AssumedRoleUser", |xml| {
        xml.text("AssumedRoleId", &session.user_id).text("Arn", &session.arn);
    });
    reply.element("Credentials", |xml| {
        xml.text("AccessKeyId", &key).text("SecretAccessKey", "secret").text("SessionToken", token);
        xml.time("Expiration", SystemTime::now() + lifetime);
    });
    world.sts.sessions.add(key, session);
    Ok(reply.finish())
}

fn required<'a>(query: &Query<'a>, name: &str) -> Result<&'a str, ApiError> {
    query.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
        invalid(format!("1 validation error detected: Value null at '{name}' failed to satisfy constraint"))
    })
}

fn check_session_name(name: &str) -> Result<(), ApiError> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_=,.@-+".contains(char);
    if (2..=64).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(invalid(format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint"
    )))
}

fn read_duration(query: &Query) -> Result<u64, ApiError> {
    let Some(text) = query.text("DurationSeconds") else { return Ok(DEFAULT_DURATION) };
    text.parse().ok().filter(|seconds| DURATIONS.contains(seconds)).ok_or_else(|| {
        invalid(format!(
            "1 validation error detected: Value '{text}' at 'durationSeconds' failed to satisfy constraint"
        ))
    })
}

fn invalid(message: String) -> ApiError {
    ApiError::new(400, "ValidationError", message)
}
