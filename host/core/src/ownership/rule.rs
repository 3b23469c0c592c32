//! Which tags may be put on a resource, once it is known what AWS shows of it.
//!
//! 1. What is disproved, by the record or by what AWS shows, gets nothing.
//! 2. What is proved gets the keys that decide access, over whatever is there, if the event is young and the id is
//!    never reused: so tags that were planted or copied, another event that came first, and an eventually consistent
//!    index change nothing. It converges, since only one principal can be proved.
//! 3. A resource whose name can be taken again is looked up first. Where an id that is never reused or the creation
//!    time shows that it is what the API call created, it counts as proved; where it is another resource by now, as
//!    disproved. If neither can be told, it is written only by a young event, and only where no identity is set.
//! 4. All else, what is open or old, is written only where no identity is set. The first identity stays.
//! 5. A service that acts for itself has no identity that a principal could have: it gives its name, where there is no
//!    owner and no identity.
//! 6. An owner is never of another principal than the identity beside it. One that was set by hand, without an
//!    identity, stays; a service's name does not.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, SystemTime};

use super::{Claim, Contradiction, Doubt, LONG_CALL_TOLERANCE, MAX_CREATED_AFTER, MAX_CREATED_BEFORE, Proof, Verdict};

/// A resource's tags: the values by their keys.
pub type Tags = BTreeMap<String, String>;

/// What the operator configures for tag keys.
#[derive(Debug, Clone)]
pub struct TagPolicy {
    /// The keys that decide access.
    pub access_keys: BTreeSet<String>,
    /// The keys whose present values stay; all other keys are overwritten.
    pub keep_keys: BTreeSet<String>,
}

/// What AWS shows of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Times, one of which is that of the API call that created it; empty if AWS shows none.
    pub created: Vec<SystemTime>,
    /// Whether such a time can prove, too. Some times can change later, so that they only disprove.
    pub time_proves: bool,
    /// How much earlier than its API call it can have been created.
    pub earlier: Duration,
    /// How much later, before another resource can have taken its name.
    pub later: Duration,
    /// The id that is never reused, of a resource whose name can be.
    pub unique_id: Option<String>,
    /// Whether AWS says that it is still being created, so that more of it is shown later.
    pub is_being_made: bool,
    /// The tags that are on it, key and value each.
    pub tags: Vec<(String, String)>,
}

impl Observed {
    /// A resource with these tags, of which AWS shows nothing else.
    #[must_use]
    pub fn of(tags: Vec<(String, String)>) -> Self {
        Self {
            created: Vec::new(),
            time_proves: false,
            earlier: MAX_CREATED_BEFORE,
            later: MAX_CREATED_BEFORE,
            unique_id: None,
            is_being_made: false,
            tags,
        }
    }

    /// The same, created at one of these times, which can prove.
    #[must_use]
    pub fn created(self, times: impl IntoIterator<Item = SystemTime>) -> Self {
        Self { created: times.into_iter().collect(), time_proves: true, ..self }
    }
}

/// What is known of one event, to rule on its claims.
///
/// ```
/// use std::time::SystemTime;
///
/// use autotag_core::ownership::rule::{OwnershipRule, Ruling, Observed, TagPolicy, Tags};
/// use autotag_core::ownership::{Claim, Doubt, Verdict};
/// use autotag_core::resource::{Resource, ResourceId};
///
/// let policy = TagPolicy { access_keys: ["PrincipalId".into()].into(), keep_keys: ["Owner".into()].into() };
/// let called = Some(SystemTime::now());
/// let rule = OwnershipRule { policy: &policy, called, is_young: true, is_by_service: false, caller: Some("AIDABOB") };
///
/// // A claim that the record leaves open: the resource is looked up, and tagged only where no identity is set.
/// let resource = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
/// let claim = Claim { resource, verdict: Verdict::Open(Doubt::ClientToken), is_reusable: false, unique_id: None };
/// let tags: Tags = [("PrincipalId".into(), "AIDABOB".into())].into();
/// assert_eq!(rule.apply(&claim, &tags, None), Ruling::Look);
/// let untagged = Observed::of(vec![]);
/// assert!(matches!(rule.apply(&claim, &tags, Some(&untagged)), Ruling::Write { .. }));
/// let anothers = Observed::of(vec![("PrincipalId".into(), "AIDAEVE".into())]);
/// assert!(matches!(rule.apply(&claim, &tags, Some(&anothers)), Ruling::Withhold(_)));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OwnershipRule<'a> {
    /// What the operator configures for tag keys.
    pub policy: &'a TagPolicy,
    /// When the API call was made.
    pub called: Option<SystemTime>,
    /// Whether the event is young, and comes for the first time: then what it proves still holds.
    pub is_young: bool,
    /// Whether a service made the API call for itself.
    pub is_by_service: bool,
    /// The principal that made the API call, as IAM compares it; none if that is a service.
    pub caller: Option<&'a str>,
}

/// What to do with one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// These tags are put on. There are none if all present values stay.
    Write {
        /// The tags to put on.
        tags: Tags,
        /// Whether it is proved that the API call created the resource.
        is_proved: bool,
        /// Whether the tags may replace another principal's.
        replaces: bool,
    },
    /// Nothing is put on.
    Withhold(Withheld),
    /// Nothing is put on before the resource has been looked up.
    Look,
}

/// Why nothing is put on a resource, though its API call succeeded.
///
/// ```
/// use autotag_core::ownership::rule::{Withheld, WithheldKind};
///
/// let withheld = Withheld::Held { key: "PrincipalId".into(), holder: "AIDAEVE".into() };
/// assert_eq!(withheld.kind(), WithheldKind::Held);
/// assert_eq!(withheld.holder(), Some("AIDAEVE"));
/// assert!(!withheld.kind().needs_attention());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Withheld {
    /// The API call did not create it.
    Disproved(Contradiction),
    /// It has another principal's identity, and no proof that the identity may be replaced.
    Held {
        /// The key that has the identity.
        key: String,
        /// The principal that it names.
        holder: String,
    },
    /// Another principal has proved, too, that it created it: the two used one client token at the same time.
    Contested {
        /// The principal that keeps it.
        holder: String,
    },
    /// Its name may be another resource's by now, and nothing shows whether it is.
    Undecided,
    /// A service launched it for an instant fleet, and the event of the fleet's creator names it.
    OfInstantFleet {
        /// The id of the instant fleet: `fleet-…`.
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
    /// The reason without its details.
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

    /// The principal that holds the resource, if that is known.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        match self {
            Self::Held { holder, .. } | Self::Contested { holder } => Some(holder),
            _ => None,
        }
    }
}

impl WithheldKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Disproved, Self::OfInstantFleet, Self::Undecided, Self::Held, Self::Contested];

    /// Its name in metrics.
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

    /// Whether an operator should look at it: it happens by accident or by intent, and is never transient.
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
    /// Whether the keys that decide access are put on without looking the resource up.
    #[must_use]
    pub fn is_sure(&self, claim: &Claim, tags: &Tags) -> bool {
        let has_identity = self.policy.access_keys.iter().any(|key| tags.contains_key(key));
        matches!(claim.verdict, Verdict::Proved(_)) && !claim.is_reusable && self.may_replace() && has_identity
    }

    /// Whether the resource is to be looked up before all of `tags` are put on.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use autotag_core::ownership::rule::{OwnershipRule, TagPolicy, Tags};
    /// use autotag_core::ownership::{Claim, Proof, Verdict};
    /// use autotag_core::resource::{Resource, ResourceId};
    ///
    /// let policy = TagPolicy { access_keys: ["PrincipalId".into()].into(), keep_keys: ["Owner".into()].into() };
    /// let (called, caller) = (Some(SystemTime::now()), Some("AIDABOB"));
    /// let rule = OwnershipRule { policy: &policy, called, is_young: true, is_by_service: false, caller };
    /// let resource = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
    /// let claim = Claim { resource, verdict: Verdict::Proved(Proof::Success), is_reusable: false, unique_id: None };
    /// let mut tags: Tags = [("PrincipalId".into(), "AIDABOB".into())].into();
    /// assert!(rule.is_sure(&claim, &tags) && !rule.wants_look(&claim, &tags));
    /// // A value that is there already stays.
    /// tags.insert("Owner".into(), "bob".into());
    /// assert!(rule.wants_look(&claim, &tags));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn wants_look(&self, claim: &Claim, tags: &Tags) -> bool {
        !self.is_sure(claim, tags) || tags.keys().any(|key| self.policy.keep_keys.contains(key))
    }

    /// Rules on a claim by what AWS shows of its resource; `shown` is none if that is not known yet.
    ///
    /// ```
    /// use std::time::SystemTime;
    ///
    /// use autotag_core::ownership::rule::{Observed, OwnershipRule, Ruling, TagPolicy, Tags};
    /// use autotag_core::ownership::{Claim, Proof, Verdict};
    /// use autotag_core::resource::{Resource, ResourceId};
    ///
    /// let policy = TagPolicy { access_keys: ["PrincipalId".into()].into(), keep_keys: ["Owner".into()].into() };
    /// let (called, caller) = (Some(SystemTime::now()), Some("AIDABOB"));
    /// let rule = OwnershipRule { policy: &policy, called, is_young: true, is_by_service: false, caller };
    /// let resource = ResourceId::parse("vol-1").map(Resource::Ec2).ok_or("no id")?;
    /// let claim = Claim { resource, verdict: Verdict::Proved(Proof::Success), is_reusable: false, unique_id: None };
    /// let tags: Tags = [("PrincipalId".into(), "AIDABOB".into())].into();
    /// // What a young event proves replaces an identity that Eve has planted.
    /// let planted = Observed::of(vec![("PrincipalId".into(), "AIDAEVE".into())]);
    /// let ruling = rule.apply(&claim, &tags, Some(&planted));
    /// assert_eq!(ruling, Ruling::Write { tags, is_proved: true, replaces: true });
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn apply(&self, claim: &Claim, tags: &Tags, shown: Option<&Observed>) -> Ruling {
        if let Verdict::Disproved(contradiction) = &claim.verdict {
            return Ruling::Withhold(Withheld::Disproved(contradiction.clone()));
        }
        let is_sure = self.is_sure(claim, tags);
        let Some(shown) = shown else {
            // A present value that may have to stay is not overwritten unseen.
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
            // A value beside another identity has been copied along with it.
            let is_kept = |present: &&String| {
                self.policy.keep_keys.contains(*key) && another.is_none() && present != value && !is_services(present)
            };
            present.filter(is_kept).is_some()
        };
        let tags = tags.iter().filter(|tag| !stays(tag)).map(owned).collect();
        Ruling::Write { tags, is_proved: is_confirmed, replaces: is_confirmed && self.may_replace() }
    }

    /// The claim's verdict, refined by what AWS shows.
    fn refine(&self, claim: &Claim, shown: &Observed) -> Verdict {
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
            // What the record proves of a long API call, AWS may show with an earlier time.
            let earlier = if is_certain { shown.earlier.max(LONG_CALL_TOLERANCE) } else { shown.earlier };
            if created + earlier < called {
                return Verdict::Disproved(Contradiction::CreatedAt { created, called });
            }
            // Of what the record proves, the time only has to show that it is still the same resource.
            let can_prove = shown.time_proves || (claim.is_reusable && matches!(claim.verdict, Verdict::Proved(_)));
            let later = if claim.is_reusable { shown.later } else { MAX_CREATED_AFTER };
            let mut times =
                shown.created.iter().filter(|time| called <= **time + MAX_CREATED_BEFORE && **time <= called + later);
            if let (true, Some(time)) = (can_prove, times.next()) {
                return Verdict::Proved(Proof::CreatedAt(*time));
            }
        }
        match (&claim.verdict, self.called) {
            // By the record alone. No API call is recorded more than a minute late.
            (Verdict::Open(Doubt::OtherTime(time)), Some(called))
                if shown.created.is_empty() && *time + LONG_CALL_TOLERANCE < called =>
            {
                Verdict::Disproved(Contradiction::CreatedAt { created: *time, called })
            }
            // A name that was free then may be another resource's now.
            (Verdict::Proved(_), _) if claim.is_reusable => Verdict::Open(Doubt::NameTakenAgain),
            (verdict, _) => verdict.clone(),
        }
    }

    /// Whether a proved claim may replace what is there.
    fn may_replace(&self) -> bool {
        self.is_young && !self.is_by_service
    }

    fn has_identity(&self, tags: &Tags) -> bool {
        self.policy.access_keys.iter().any(|key| tags.contains_key(key))
    }

    /// The present tag that decides access and names another principal than `tags` do.
    fn another_identity<'p>(&self, tags: &Tags, present: &'p [(String, String)]) -> Option<&'p (String, String)> {
        // Tags without an identity of their own count as the caller's.
        let own = |key: &String| tags.get(key).map(String::as_str).or(self.caller);
        present.iter().find(|(key, value)| self.policy.access_keys.contains(key) && own(key) != Some(value.as_str()))
    }
}

/// Whether an owner is a service's name: `autoscaling.amazonaws.com`.
///
/// ```
/// use autotag_core::ownership::rule::is_service;
///
/// assert!(is_service("autoscaling.amazonaws.com"));
/// assert!(!is_service("alice@example.com"));
/// ```
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
