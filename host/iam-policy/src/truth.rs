//! Yes, no, or unknown.

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    /// It cannot be said, and why.
    Unknown(String),
}

impl Truth {
    /// Whether both hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Whether one of them holds.
    pub(super) fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Whether it does not hold.
    pub(super) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Whether a statement is about something that is compared with each element of a list, or with `negated`, that is none
/// of them.
///
/// An element that cannot be told, since a variable in it has no value, is like nothing; or AWS takes the whole
/// statement for invalid, which it does not promise either way. Where both come to the same, the answer is certain.
pub(super) fn is_among(elements: impl IntoIterator<Item = Truth>, negated: bool) -> Truth {
    let (mut any, mut unknown) = (false, None);
    for element in elements {
        match element {
            Truth::Yes => any = true,
            Truth::No => {}
            Truth::Unknown(why) => drop(unknown.get_or_insert(why)),
        }
    }
    match unknown {
        Some(_) if any == negated => Truth::No,
        Some(why) => Truth::Unknown(why),
        None => (any != negated).into(),
    }
}
