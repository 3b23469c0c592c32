//! Pagination of lists.

use super::reply::ApiError;

/// One page of what a request selects.
pub(super) struct Page<T> {
    pub items: Vec<T>,
    pub next_token: Option<String>,
}

/// Cuts out the page of at most `limit` items that begins at `token`. Each item comes with its sort key. This is keyset
/// pagination: a token is the key of the last item before the page, so that pages stay right when items come and go.
///
/// # Errors
///
/// `InvalidNextToken` for a token that no page can have returned.
pub(super) fn cut<T>(
    mut items: Vec<(String, T)>,
    token: Option<&str>,
    limit: Option<usize>,
) -> Result<Page<(String, T)>, ApiError> {
    if let Some(token) = token {
        let after = read_token(token).ok_or_else(|| {
            ApiError::new(400, "InvalidNextToken", "The specified next token is corrupted or not valid.")
        })?;
        items.retain(|(key, _)| *key > after);
    }
    let mut next_token = None;
    if let Some(limit) = limit.filter(|limit| *limit < items.len()) {
        items.truncate(limit);
        next_token = items.last().map(|(key, _)| write_token(key));
    }
    Ok(Page { items, next_token })
}

fn write_token(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn read_token(token: &str) -> Option<String> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    String::from_utf8(token.as_bytes().chunks(2).map(byte).collect::<Option<Vec<u8>>>()?).ok()
}
