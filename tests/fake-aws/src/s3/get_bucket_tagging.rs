//! GetBucketTagging, of one bucket.

use super::super::ec2::query::Query;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::super::xml::Xml;
use super::NAMESPACE;
use super::buckets::{self, Asked};

pub(super) fn get_bucket_tagging(world: &World, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    query.allow(&["Bucket"]).map_err(|error| ApiError::new(400, "InvalidArgument", error.message))?;
    let name = query.text("Bucket").unwrap_or_default();
    let bucket = match buckets::find(world, &request.account, &request.region, name) {
        Asked::Here(bucket) => bucket,
        Asked::InAnotherRegion => {
            let message = "The bucket you are attempting to access must be addressed using the specified endpoint. \
                           Please send all future requests to this endpoint.";
            return Err(ApiError::new(301, "PermanentRedirect", message));
        }
        Asked::OfAnotherAccount => return Err(ApiError::new(403, "AccessDenied", "Access Denied")),
        Asked::Nowhere => return Err(ApiError::new(404, "NoSuchBucket", "The specified bucket does not exist")),
    };
    if bucket.resource.tags.is_empty() {
        return Err(ApiError::new(404, "NoSuchTagSet", "The TagSet does not exist"));
    }
    let mut xml = Xml::default();
    xml.list("TagSet", "Tag", &bucket.resource.tags, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
    Ok(format!("<Tagging xmlns=\"{NAMESPACE}\">{}</Tagging>", xml.finish()))
}
