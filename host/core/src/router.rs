//! Which plugins want an event: matches events against EventBridge patterns.

mod index;

use index::{Index, Met};

use crate::event::Event;
use crate::pattern::{BoundPattern, EventFields, EventPattern, Paths, UnreadableEvent};

/// Finds the targets whose patterns match an event, in about the same time for many patterns as for one.
///
/// ```
/// use autotag_core::event::decode;
/// use autotag_core::pattern::EventPattern;
/// use autotag_core::router::Router;
///
/// let ec2 = EventPattern::parse(r#"{"source": ["aws.ec2"], "detail": {"eventName": ["CreateVolume"]}}"#)?;
/// let s3 = EventPattern::parse(r#"{"source": ["aws.s3"]}"#)?;
/// let router = Router::new([("ec2-plugin", &ec2), ("s3-plugin", &s3)]);
///
/// let event = decode(br#"{"eventSource": "ec2.amazonaws.com", "eventName": "CreateVolume"}"#).remove(0)?;
/// assert_eq!(router.route_event(&event)?, ["ec2-plugin"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Router<T> {
    /// Decides by an event's plain fields, without parsing the event again.
    index: Index,
    /// Every pattern, in the order in which it was added.
    patterns: Vec<(T, BoundPattern)>,
    /// The fields that the patterns ask for.
    paths: Paths,
}

impl<T: Clone + Ord> Router<T> {
    /// A router to each target by its patterns, of which a target may have several.
    pub fn new<'a>(routes: impl IntoIterator<Item = (T, &'a EventPattern)>) -> Self {
        let mut router = Self { index: Index::default(), patterns: Vec::new(), paths: Paths::default() };
        for (target, pattern) in routes {
            router.index.add(pattern);
            router.patterns.push((target, pattern.bind(&mut router.paths)));
        }
        router
    }

    /// The targets that want the event, each once and in order: the same as [`Self::route`], which it asks only if the
    /// event is not plain.
    ///
    /// # Errors
    /// As [`Self::route`].
    pub fn route_event(&self, event: &Event) -> Result<Vec<T>, UnreadableEvent> {
        let Some(Met { mut whole, so_far }) = self.index.met(event) else { return self.route(event.text()) };
        if !so_far.is_empty() {
            let fields = EventFields::read(event.text(), &self.paths)?;
            whole.extend(so_far.into_iter().filter(|&number| self.matches(number, &fields)));
        }
        Ok(self.targets(whole))
    }

    /// The targets that want the event, JSON text, each once and in order.
    ///
    /// ```
    /// use autotag_core::pattern::EventPattern;
    /// use autotag_core::router::Router;
    ///
    /// let ec2 = EventPattern::parse(r#"{"source": ["aws.ec2"]}"#)?;
    /// let volumes = EventPattern::parse(r#"{"detail": {"eventName": ["CreateVolume"]}}"#)?;
    /// let router = Router::new([("ec2-plugin", &ec2), ("ec2-plugin", &volumes)]);
    /// let event = r#"{"source": "aws.ec2", "detail": {"eventName": "CreateVolume"}}"#;
    /// assert_eq!(router.route(event)?, ["ec2-plugin"]);
    /// assert!(router.route(r#"{"source": "aws.s3"}"#)?.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the event cannot be read. That is not the same as no target, which would lose the event.
    pub fn route(&self, event: &str) -> Result<Vec<T>, UnreadableEvent> {
        let fields = EventFields::read(event, &self.paths)?;
        Ok(self.targets((0..self.patterns.len()).filter(|&number| self.matches(number, &fields))))
    }

    fn matches(&self, number: usize, fields: &EventFields<'_>) -> bool {
        self.patterns.get(number).is_some_and(|(_, pattern)| pattern.matches(fields))
    }

    fn targets(&self, numbers: impl IntoIterator<Item = usize>) -> Vec<T> {
        let targets = numbers.into_iter().filter_map(|number| self.patterns.get(number));
        let mut targets: Vec<T> = targets.map(|(target, _)| target.clone()).collect();
        targets.sort_unstable();
        targets.dedup();
        targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_must_match_and_one_target_is_named_once() {
        let narrow =
            EventPattern::parse(r#"{"source": ["aws.ec2"], "detail": {"eventName": ["RunInstances"]}}"#).unwrap();
        let wide = EventPattern::parse(r#"{"source": ["aws.ec2"]}"#).unwrap();
        let router = Router::new([(1, &narrow), (1, &wide), (0, &wide)]);
        assert_eq!(router.route(r#"{"source": "aws.ec2", "detail": {"eventName": "RunInstances"}}"#).unwrap(), [0, 1]);
        assert_eq!(router.route(r#"{"source": "aws.s3", "detail": {"eventName": "RunInstances"}}"#).unwrap(), [0; 0]);
    }
}
