//! The whole way on somebody else's AWS, and that this AWS is as it is needed.

mod end_to_end;
mod local_aws;
