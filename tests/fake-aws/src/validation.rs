//! The one code that newer services have for all that is wrong with a request's parameters, where SQS has several.

use super::reply::ApiError;

/// Turns an error about a parameter into `ValidationException`.
pub(super) fn in_one_code(error: ApiError) -> ApiError {
    match error.code.as_str() {
        "InvalidParameterValue" | "MissingParameter" | "InvalidNextToken" => {
            ApiError::new(400, "ValidationException", error.message)
        }
        _ => error,
    }
}
