//! ListTagsForResource, of one resource of any kind.

use std::time::Instant;

use super::super::ec2::query::Query;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::tagging::arn::Arn;
use super::super::world::Region;
use super::super::xml::Xml;
use super::{resource_types, tag_list};

/// AWS does not support `Filters` yet; neither does this.
pub(super) fn list_tags_for_resource(region: &Region, request: &Request, query: &Query) -> Result<String, ApiError> {
    query.allow(&["ResourceName"])?;
    let arn = query.text("ResourceName").unwrap_or_default();
    let parsed = Arn::parse(arn).filter(|parsed| parsed.service == "rds");
    let parsed = parsed.ok_or_else(|| ApiError::invalid_value(format!("Invalid resource name: {arn}")))?;
    if !parsed.can_be_in(&request.account, &request.region) {
        let message = "The specified resource name does not match an RDS resource in this region.";
        return Err(ApiError::invalid_value(message));
    }
    let now = Instant::now();
    match region.resources.get(arn).filter(|resource| resource.describable(now)) {
        Some(resource) => {
            let mut xml = Xml::default();
            tag_list(&mut xml, &resource.tags);
            Ok(xml.finish())
        }
        None => {
            let (kind, name) = parsed.resource.split_once(':').unwrap_or((parsed.resource, ""));
            let unknown = || ApiError::invalid_value(format!("Invalid resource name: {arn}"));
            Err(resource_types::not_found(kind, name).unwrap_or_else(unknown))
        }
    }
}
