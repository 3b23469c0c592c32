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
use std::time::SystemTime;

use super::{BEFORE, Claim, Contradiction, Proof, Verdict, is_at};

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shown {
    /// When it came into being; none if AWS does not say.
    pub created: Option<SystemTime>,
    /// Whether that time can prove, too. Of some it can change later, so that it only disproves.
    pub time_proves: bool,
    /// The id that never comes again, of what goes by a name that can.
    pub unique_id: Option<String>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

/// What is known of one event's claims.
#[derive(Debug, Clone, Copy)]
pub struct Rule<'a> {
    /// What the operator says of keys.
    pub policy: &'a TagPolicy,
    /// When the call was made.
    pub called: Option<SystemTime>,
    /// Whether the event is young, and comes for the first time: what it proves then holds now.
    pub is_young: bool,
    /// Whether a service called for itself.
    pub is_by_service: bool,
}

/// What follows for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// These tags are put on; none of them if all that may be there is there.
    Write {
        /// What is put on.
        tags: Tags,
        /// Whether it goes over whatever stands there.
        is_proved: bool,
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

impl Withheld {
    /// In one of a few words, for metrics.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Disproved(_) => "disproved",
            Self::Held { .. } => "held",
            Self::Contested { .. } => "contested",
            Self::Undecided => "undecided",
            Self::OfInstantFleet { .. } => "instant_fleet",
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

    /// Whether somebody should look at it: it happens by accident or by intent, but never in passing.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        matches!(self, Self::Contested { .. })
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
                    "{holder} created it by a call with the same client token at the same time, and keeps it"
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

impl Rule<'_> {
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
            return if is_sure { Ruling::Write { tags, is_proved: true } } else { Ruling::Look };
        };
        let verdict = if is_sure { claim.verdict.clone() } else { self.refine(claim, shown) };
        let is_confirmed = match verdict {
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
        Ruling::Write { tags, is_proved: is_confirmed && self.may_replace() }
    }

    /// The verdict with what AWS shows.
    fn refine(&self, claim: &Claim, shown: &Shown) -> Verdict {
        if let (Some(answered), Some(shown)) = (&claim.unique_id, &shown.unique_id) {
            return if answered == shown {
                Verdict::Proved(Proof::Success)
            } else {
                let (shown, answered) = (shown.clone(), answered.clone());
                Verdict::Disproved(Contradiction::AnotherId { shown, answered })
            };
        }
        if let (Some(created), Some(called)) = (shown.created, self.called) {
            if created + BEFORE < called {
                return Verdict::Disproved(Contradiction::CreatedAt { created, called });
            }
            // Within a minute, a name can be another's. Of what the record proves, it only remains to be told that it is the same.
            let is_same = created <= called + BEFORE;
            let proves = match (&claim.verdict, claim.is_reusable) {
                (Verdict::Proved(_), true) => is_same,
                (_, true) => is_same && shown.time_proves,
                (_, false) => shown.time_proves && is_at(created, called),
            };
            if proves {
                return Verdict::Proved(Proof::CreatedAt(created));
            }
        }
        match &claim.verdict {
            // A name that was free then may be another's now.
            Verdict::Proved(_) if claim.is_reusable => Verdict::Open(super::Doubt::AnswersAgain),
            verdict => verdict.clone(),
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
        present.iter().find(|(key, value)| self.policy.access_keys.contains(key) && tags.get(key) != Some(value))
    }
}

/// Whether an owner is a service's name: `autoscaling.amazonaws.com`.
fn is_service(owner: &str) -> bool {
    owner.ends_with(".amazonaws.com") || owner.starts_with("AWSServiceRoleFor")
}

fn owned((key, value): (&String, &String)) -> (String, String) {
    (key.clone(), value.clone())
}

#[cfg(test)]
mod tests;
