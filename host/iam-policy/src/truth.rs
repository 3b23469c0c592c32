//! Three-valued logic: yes, no, or unknown.

/// A truth value of Kleene's three-valued logic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    /// Why it is not known.
    Unknown(String),
    /// Why something that was compared has no value: it is like nothing, or makes the whole statement invalid.
    Unresolved(String),
}

impl Truth {
    /// Whether both hold.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown(reason) | Self::Unresolved(reason), _)
            | (_, Self::Unknown(reason) | Self::Unresolved(reason)) => Self::Unknown(reason),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    /// Whether at least one of them holds.
    pub(crate) fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }

    /// Whether it does not hold.
    pub(crate) fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ (Self::Unknown(_) | Self::Unresolved(_)) => unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

/// Whether an element of a list matches or, if `negated`, whether none does.
///
/// An element is unresolved if, for example, a variable in it has no value. AWS does not document whether such an
/// element matches nothing or makes the whole statement invalid. Where both lead to the same, the result is certain.
pub(crate) fn is_among(elements: impl IntoIterator<Item = Truth>, negated: bool) -> Truth {
    let (mut any, mut unknown, mut unresolved) = (false, None, None);
    for element in elements {
        match element {
            Truth::Yes => any = true,
            Truth::No => {}
            Truth::Unknown(reason) => drop(unknown.get_or_insert(reason)),
            Truth::Unresolved(reason) => drop(unresolved.get_or_insert(reason)),
        }
    }
    match (unknown, unresolved) {
        (Some(reason), _) if !any => Truth::Unknown(reason),
        (_, Some(_)) if any == negated => Truth::No,
        (_, Some(reason)) => Truth::Unknown(reason),
        (_, None) => (any != negated).into(),
    }
}
