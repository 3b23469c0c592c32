//! Tables of the API calls that a plugin knows.

/// The row with this name, by binary search in a table that is sorted by its rows' names.
///
/// ```
/// use autotag_plugin_sdk::find_by_name;
///
/// const PATHS: &[(&str, &str)] = &[("CreateKeyPair", "keyPairId"), ("CreateVpc", "vpc.vpcId")];
///
/// let row = find_by_name(PATHS, |(name, _)| name, "CreateVpc");
/// assert_eq!(row, Some(&("CreateVpc", "vpc.vpcId")));
/// ```
///
/// # Panics
/// With debug assertions, as in a test, if the table is not sorted or has a name twice, whichever row it looks for.
#[must_use]
pub fn find_by_name<'t, R>(rows: &'t [R], name_of: impl Fn(&R) -> &str, name: &str) -> Option<&'t R> {
    debug_assert!(
        rows.is_sorted_by(|row, next| name_of(row) < name_of(next)),
        "the table is not sorted by name, or has a name twice"
    );
    let index = rows.binary_search_by(|row| name_of(row).cmp(name)).ok()?;
    rows.get(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: &[(&str, u8)] = &[("four", 4), ("one", 1), ("three", 3), ("two", 2)];

    fn number(rows: &[(&'static str, u8)], name: &str) -> Option<u8> {
        find_by_name(rows, |(name, _)| name, name).map(|(_, number)| *number)
    }

    #[test]
    fn every_row_is_found_by_its_name_and_none_by_another() {
        for (name, expected) in NUMBERS {
            assert_eq!(number(NUMBERS, name), Some(*expected));
        }
        for other in ["", "fou", "fours", "zero", "One"] {
            assert_eq!(number(NUMBERS, other), None, "{other}");
        }
        assert_eq!(number(&[], "one"), None);
    }

    #[test]
    #[should_panic = "the table is not sorted by name"]
    fn a_table_that_is_not_sorted_is_noticed_whichever_row_is_looked_for() {
        number(&[("one", 1), ("four", 4), ("two", 2)], "one");
    }

    #[test]
    #[should_panic = "or has a name twice"]
    fn a_name_that_is_there_twice_is_noticed() {
        number(&[("four", 4), ("one", 1), ("one", 2)], "four");
    }
}
