//! Which service an ARN is of, where that decides how the resource is looked up.

use autotag_core::resource::{Arn, ResourceArn};

/// The kinds of RDS that have a Describe API of their own, as ARNs name them.
pub(super) const RDS_DESCRIBED: [&str; 4] = ["db:", "cluster:", "snapshot:", "cluster-snapshot:"];

/// Whether the ARN is of a resource of RDS.
pub(super) fn is_of_rds(arn: &ResourceArn) -> bool {
    of_rds(arn).is_some()
}

fn of_rds(arn: &ResourceArn) -> Option<Arn<'_>> {
    Arn::parse(arn.as_str()).filter(|arn| arn.service == "rds")
}

/// Whether the resource has a time, which RDS shows once it is there.
pub(super) fn shows_time(arn: &ResourceArn) -> bool {
    of_rds(arn).is_some_and(|arn| RDS_DESCRIBED.iter().any(|kind| arn.resource.starts_with(kind)))
}

/// The name of S3's bucket; none if the ARN is not that of a bucket.
pub(super) fn bucket(arn: &ResourceArn) -> Option<&str> {
    let arn = Arn::parse(arn.as_str())?;
    (arn.service == "s3" && !arn.resource.contains([':', '/'])).then_some(arn.resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_says_how_its_resource_is_looked_up() {
        for (arn, of_rds, with_time, name) in [
            ("arn:aws:s3:::logs", false, false, Some("logs")),
            ("arn:aws-cn:s3:::logs", false, false, Some("logs")),
            ("arn:aws:s3:eu-central-1:111122223333:accesspoint/logs", false, false, None),
            ("arn:aws:s3express:eu-central-1:111122223333:bucket/logs", false, false, None),
            ("arn:aws:sns:eu-central-1:111122223333:logs", false, false, None),
            ("arn:aws:rds:eu-central-1:111122223333:db:logs", true, true, None),
            ("arn:aws:rds:eu-central-1:111122223333:cluster-snapshot:logs", true, true, None),
            ("arn:aws:rds:eu-central-1:111122223333:pg:logs", true, false, None),
        ] {
            let arn = ResourceArn::parse(arn).unwrap();
            assert_eq!((is_of_rds(&arn), shows_time(&arn), bucket(&arn)), (of_rds, with_time, name), "{arn}");
        }
    }
}
