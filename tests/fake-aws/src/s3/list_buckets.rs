//! ListBuckets, of all Regions or of one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::ec2::model::Detail;
use super::super::ec2::query::Query;
use super::super::page;
use super::super::reply::ApiError;
use super::super::request::Request;
use super::super::world::World;
use super::super::xml::Xml;
use super::NAMESPACE;
use super::buckets::{self, Bucket};

/// The largest page size, and the default one.
const MAX_BUCKETS: usize = 10_000;

pub(super) fn list_buckets(world: &World, request: &Request) -> Result<String, ApiError> {
    let query = Query::new(&request.parameters);
    query.allow(&["prefix", "max-buckets", "bucket-region", "continuation-token"]).map_err(invalid)?;
    let (prefix, region) = (query.text("prefix"), query.text("bucket-region"));
    if region.is_some_and(|region| region != request.region) {
        let message = "Argument bucket-region must be the Region of the endpoint that the request is sent to";
        return Err(ApiError::new(400, "InvalidArgument", message));
    }
    let most = read_most(&query)?;
    let mut found = buckets::of(world, &request.account);
    found.retain(|bucket| prefix.is_none_or(|prefix| bucket.name.starts_with(prefix)));
    found.retain(|bucket| region.is_none_or(|region| bucket.region == region));
    let found = found.into_iter().map(|bucket| (bucket.name.to_owned(), bucket)).collect();
    let page = page::cut(found, query.text("continuation-token"), Some(most)).map_err(invalid)?;
    // S3 shows a bucket's Region only if the request has a parameter, whichever.
    let with_region = query.names().next().is_some();
    let mut xml = Xml::default();
    xml.element("Owner", |xml| {
        xml.text("ID", "f".repeat(64));
    });
    xml.list("Buckets", "Bucket", page.items, |xml, (_, bucket)| render(xml, &bucket, with_region));
    if let Some(prefix) = prefix {
        xml.text("Prefix", prefix);
    }
    if let Some(token) = page.next_token {
        xml.text("ContinuationToken", token);
    }
    Ok(format!("<ListAllMyBucketsResult xmlns=\"{NAMESPACE}\">{}</ListAllMyBucketsResult>", xml.finish()))
}

fn render(xml: &mut Xml, bucket: &Bucket, with_region: bool) {
    xml.text("Name", bucket.name);
    if let Detail::Other(other) = &bucket.resource.detail {
        xml.time("CreationDate", whole_seconds(other.created));
    }
    if with_region {
        xml.text("BucketRegion", bucket.region);
    }
}

/// S3 shows no fractions of a second.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

fn read_most(query: &Query) -> Result<usize, ApiError> {
    let Some(text) = query.text("max-buckets") else { return Ok(MAX_BUCKETS) };
    let within = text.parse().ok().filter(|number| (1..=MAX_BUCKETS).contains(number));
    let message = format!("Argument max-buckets must be an integer between 1 and {MAX_BUCKETS}");
    within.ok_or_else(|| ApiError::new(400, "InvalidArgument", message))
}

/// S3 has one code for all that is wrong with a parameter.
fn invalid(error: ApiError) -> ApiError {
    ApiError::new(400, "InvalidArgument", error.message)
}
