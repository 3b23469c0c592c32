//! What may be put on a resource, once it is known what AWS shows of it.
//!
//! 1. What is disproved, by the record or by what AWS shows, gets nothing.
//! 2. What is proved gets the access keys, whatever stands there, if the event is young and the id never comes again: so what was planted
//!    or copied, what another event did first, and an index that lags change nothing. It converges, since only one principal can be proved.
//! 3. What goes by a name that can be taken again is looked up first. Where an id that never comes again or the creation time shows that
//!    it is what the call created, it counts as proved; where it is another's by now, as disproved. If neither can be told, it is
//!    written only by a young event, and only where no identity stands.
//! 4. All else, what is open or old, is written only where no identity stands. The first identity stays.
//! 5. A service that acts for itself has no identity that anybody could be: it gives its name, where there is none and no identity.
//! 6. An owner is never of another principal than the identity beside it. One that somebody has set by hand, without an identity, stays;
//!    a service's name does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use super::{AFTER, BEFORE, Claim, Contradiction, Doubt, LONG_CALL, Proof, Verdict};

/// Keys and values.
pub type Tags = BTreeMap<String, String>;

/// What the operator says of keys.
#[derive(Debug, Clone)]
pub struct TagPolicy {
    /// The keys that decide access.
    pub access_keys: BTreeSet<String>,
    /// The keys whose present values stay; all others are overwritten.
    pub keep_keys: BTreeSet<String>,
}

/// What AWS shows of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Times of which the one of the call that created it is one; none if AWS shows none.
    pub created: Vec<SystemTime>,
    /// Whether such a time can prove, too. Of some it can change later, so that it only disproves.
    pub time_proves: bool,
    /// How much earlier than its call it can have been created.
    pub earlier: Duration,
    /// How much later, before something else can have taken its name.
    pub later: Duration,
    /// The id that never comes again, of what goes by a name that can.
    pub unique_id: Option<String>,
    /// Whether AWS says that it is still being made, so that more of it is shown later.
    pub is_being_made: bool,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Shown {
    /// What has these tags, and shows nothing else of itself.
    #[must_use]
    pub fn of(tags: Vec<(String, String)>) -> Self {
        Self {
            created: Vec::new(),
            time_proves: false,
            earlier: BEFORE,
            later: BEFORE,
            unique_id: None,
            is_being_made: false,
            tags,
        }
    }

    /// The same, and since when it is there.
    #[must_use]
    pub fn created(self, times: impl IntoIterator<Item = SystemTime>) -> Self {
        Self { created: times.into_iter().collect(), time_proves: true, ..self }
    }
}

/// What is known of one event's claims.
#[derive(Debug, Clone, Copy)]
pub struct OwnershipRule<'a> {
    /// What the operator says of keys.
    pub policy: &'a TagPolicy,
    /// When the call was made.
    pub called: Option<SystemTime>,
    /// Whether the event is young, and comes for the first time: what it proves then holds now.
    pub is_young: bool,
    /// Whether a service called for itself.
    pub is_by_service: bool,
    /// Who called, as IAM compares it; none if that is a service.
    pub caller: Option<&'a str>,
}

/// What follows for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// These tags are put on; none of them if all that may be there is there.
    Write {
        /// What is put on.
        tags: Tags,
        /// Whether the resource is the caller's for sure.
        is_proved: bool,
        /// Whether the tags go over another principal's.
        replaces: bool,
    },
    /// Nothing is put on.
    Withhold(Withheld),
    /// Nothing is put on before AWS shows it.
    Look,
}

/// Why nothing is put on a resource, though its call succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withheld {
    /// The call did not create it.
    Disproved(Contradiction),
    /// It carries another identity, and it is not proved that it may be replaced.
    Held {
        /// The key.
        key: String,
        /// Whose it is.
        holder: String,
    },
    /// Another principal has proved, too, that it created it: the two used one client token at the same time.
    Contested {
        /// Whose it stays.
        holder: String,
    },
    /// It goes by a name that may be another's by now, and nothing shows whose.
    Undecided,
    /// A service launched it for an instant fleet, whose creator's own event names it.
    OfInstantFleet {
        /// The fleet's id.
        fleet: String,
    },
}

/// The kinds of [`Withheld`]; of several, the last one in this order says most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WithheldKind {
    /// [`Withheld::Disproved`]
    Disproved,
    /// [`Withheld::OfInstantFleet`]
    OfInstantFleet,
    /// [`Withheld::Undecided`]
    Undecided,
    /// [`Withheld::Held`]
    Held,
    /// [`Withheld::Contested`]
    Contested,
}

impl Withheld {
    /// Which of the reasons it is.
    #[must_use]
    pub fn kind(&self) -> WithheldKind {
        match self {
            Self::Disproved(_) => WithheldKind::Disproved,
            Self::Held { .. } => WithheldKind::Held,
            Self::Contested { .. } => WithheldKind::Contested,
            Self::Undecided => WithheldKind::Undecided,
            Self::OfInstantFleet { .. } => WithheldKind::OfInstantFleet,
        }
    }

    /// Who has it, if that is known.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::Held { holder, .. } | Self::Contested { holder } => Some(holder),
            _ => None,
        }
    }
}

impl WithheldKind {
    /// In one word, for metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Disproved => "disproved",
            Self::Held => "held",
            Self::Undecided => "undecided",
            Self::OfInstantFleet => "instant_fleet",
            Self::Contested => "contested",
        }
    }

    /// Whether an operator should look at it: it happens by accident or by intent, but never in passing.
    #[must_use]
    pub fn needs_attention(self) -> bool {
        self == Self::Contested
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disproved(contradiction) => contradiction.fmt(formatter),
            Self::Held { key, holder } => {
                write!(formatter, "its {key} is {holder} already, and the event does not prove that it created it")
            }
            Self::Contested { holder } => {
                write!(
                    formatter,
                    "{holder} created it by the same proof, such as a call with the same client token at the same time, and keeps it"
                )
            }
            Self::Undecided => formatter.write_str(
                "its name can be taken again, and AWS does not show whether it is still what the call created",
            ),
            Self::OfInstantFleet { fleet } => {
                write!(formatter, "it was launched for the instant fleet {fleet}, whose creator's own event names it")
            }
        }
    }
}

impl OwnershipRule<'_> {
    /// Whether the access keys go on without a look at what is there.
    #[must_use]
    pub fn is_sure(&self, claim: &Claim, tags: &Tags) -> bool {
        let has_identity = self.policy.access_keys.iter().any(|key| tags.contains_key(key));
        matches!(claim.verdict, Verdict::Proved(_)) && !claim.is_reusable && self.may_replace() && has_identity
    }

    /// Whether anything is to be looked at before `tags` are put on.
    #[must_use]
    pub fn wants_look(&self, claim: &Claim, tags: &Tags) -> bool {
        !self.is_sure(claim, tags) || tags.keys().any(|key| self.policy.keep_keys.contains(key))
    }

    /// What follows for a claim of which AWS shows this; none if that is not known yet.
    #[must_use]
    pub fn apply(&self, claim: &Claim, tags: &Tags, shown: Option<&Shown>) -> Ruling {
        if let Verdict::Disproved(contradiction) = &claim.verdict {
            return Ruling::Withhold(Withheld::Disproved(contradiction.clone()));
        }
        let is_sure = self.is_sure(claim, tags);
        let Some(shown) = shown else {
            // What may have to stay is not written before it is seen.
            let tags =
                tags.iter().filter(|(key, _)| is_sure && !self.policy.keep_keys.contains(*key)).map(owned).collect();
            return if is_sure { Ruling::Write { tags, is_proved: true, replaces: true } } else { Ruling::Look };
        };
        let is_confirmed = match self.refine(claim, shown) {
            Verdict::Disproved(contradiction) => return Ruling::Withhold(Withheld::Disproved(contradiction)),
            Verdict::Proved(_) => true,
            Verdict::Open(_) => false,
        };
        let is_of_name = claim.is_reusable && !is_confirmed;
        let another = self.another_identity(tags, &shown.tags);
        match another {
            Some((key, holder)) if !(is_confirmed && self.may_replace() && self.has_identity(tags)) => {
                let (key, holder) = (key.clone(), holder.clone());
                return Ruling::Withhold(if is_of_name { Withheld::Undecided } else { Withheld::Held { key, holder } });
            }
            None if is_of_name && !self.is_young => return Ruling::Withhold(Withheld::Undecided),
            _ => {}
        }
        let stays = |(key, value): &(&String, &String)| {
            let present = shown.tags.iter().find(|(present, _)| present == *key).map(|(_, present)| present);
            let is_services = |present: &String| !self.is_by_service && is_service(present) && !is_service(value);
            // What goes with another identity has been copied along with it.
            let is_kept = |present: &&String| {
                self.policy.keep_keys.contains(*key) && another.is_none() && present != value && !is_services(present)
            };
            present.filter(is_kept).is_some()
        };
        let tags = tags.iter().filter(|tag| !stays(tag)).map(owned).collect();
        Ruling::Write { tags, is_proved: is_confirmed, replaces: is_confirmed && self.may_replace() }
    }

    /// The verdict with what AWS shows.
    fn refine(&self, claim: &Claim, shown: &Shown) -> Verdict {
        if let (Some(answered), Some(shown)) = (&claim.unique_id, &shown.unique_id) {
            return if answered == shown {
                Verdict::Proved(Proof::SameUniqueId)
            } else {
                let (shown, answered) = (shown.clone(), answered.clone());
                Verdict::Disproved(Contradiction::AnotherId { shown, answered })
            };
        }
        if let (Some(&created), Some(called)) = (shown.created.iter().max(), self.called) {
            let is_certain = matches!(claim.verdict, Verdict::Proved(_)) && !claim.is_reusable;
            // What the record proves of a call that took long, AWS may show with an earlier time.
            let earlier = if is_certain { shown.earlier.max(LONG_CALL) } else { shown.earlier };
            if created + earlier < called {
                return Verdict::Disproved(Contradiction::CreatedAt { created, called });
            }
            // Of what the record proves, it only remains to be told that it is the same.
            let can_prove = shown.time_proves || (claim.is_reusable && matches!(claim.verdict, Verdict::Proved(_)));
            let later = if claim.is_reusable { shown.later } else { AFTER };
            let mut times = shown.created.iter().filter(|time| called <= **time + BEFORE && **time <= called + later);
            if let (true, Some(time)) = (can_prove, times.next()) {
                return Verdict::Proved(Proof::CreatedAt(*time));
            }
        }
        match (&claim.verdict, self.called) {
            // Of what the record says alone. By a minute, no call is recorded too late.
            (Verdict::Open(Doubt::OtherTime(time)), Some(called))
                if shown.created.is_empty() && *time + LONG_CALL < called =>
            {
                Verdict::Disproved(Contradiction::CreatedAt { created: *time, called })
            }
            // A name that was free then may be another's now.
            (Verdict::Proved(_), _) if claim.is_reusable => Verdict::Open(Doubt::NameTakenAgain),
            (verdict, _) => verdict.clone(),
        }
    }

    /// Whether what is proved goes over what is there.
    fn may_replace(&self) -> bool {
        self.is_young && !self.is_by_service
    }

    fn has_identity(&self, tags: &Tags) -> bool {
        self.policy.access_keys.iter().any(|key| tags.contains_key(key))
    }

    /// The key among those present that decides access and says something else than `tags` do.
    fn another_identity<'p>(&self, tags: &Tags, present: &'p [(String, String)]) -> Option<&'p (String, String)> {
        // Tags without an identity of their own go with the caller's.
        let own = |key: &String| tags.get(key).map(String::as_str).or(self.caller);
        present.iter().find(|(key, value)| self.policy.access_keys.contains(key) && own(key) != Some(value.as_str()))
    }
}

/// Whether an owner is a service's name: `autoscaling.amazonaws.com`.
#[must_use]
pub fn is_service(owner: &str) -> bool {
    owner.ends_with(".amazonaws.com")
        || owner.ends_with(".amazonaws.com.cn")
        || owner.starts_with("AWSServiceRoleFor")
        || owner == "AWS Internal"
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

#[cfg(test)]
mod tests;
