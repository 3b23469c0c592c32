//! The code that younger services have for all that is wrong with a call's parameters, where SQS has one for each.

use super::reply::ApiError;

/// Says what was wrong by `ValidationException`, if it was a parameter.
pub(super) fn in_one_code(error: ApiError) -> ApiError {
    match error.code.as_str() {
        "InvalidParameterValue" | "MissingParameter" | "InvalidNextToken" => {
            ApiError::new(400, "ValidationException", error.message)
        }
        _ => error,
    }
}
