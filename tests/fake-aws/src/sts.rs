//! STS: dispatches an action to its handler.

mod assume_role;
mod control;
pub(super) mod roles;
pub(super) mod sessions;

use super::ec2::query::Query;
use super::reply::ApiError;
use super::request::Request;
use super::shared::Shared;
use super::world::World;
use super::xml::Xml;

/// Performs one action. Returns the inside of its result's XML element.
pub(super) fn handle(shared: &Shared, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    shared.update(|world| match request.action.as_str() {
        "AssumeRole" => assume_role::assume_role(world, request, &query),
        "GetCallerIdentity" => get_caller_identity(world, request, &query),
        action => {
            let message = format!("Could not find operation {action} for version 2011-06-15");
            Err(ApiError::new(400, "InvalidAction", message))
        }
    })
}

fn get_caller_identity(world: &World, request: &Request, query: &Query) -> Result<String, ApiError> {
    query.allow(&[])?;
    let (arn, user_id) = world.sts.sessions.identity(&request.access_key_id, &request.account);
    let mut reply = Xml::default();
    reply.text("Arn", arn).text("UserId", user_id).text("Account", &request.account);
    Ok(reply.finish())
}
