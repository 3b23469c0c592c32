//! What is broken, how, and which test is to notice.

/// One safeguard of the service, and how to break it.
pub(super) struct Sabotage {
    /// What the service does then.
    pub(super) what: &'static str,
    /// Below `host/src`.
    pub(super) file: &'static str,
    pub(super) sound: &'static str,
    pub(super) broken: &'static str,
    /// `FILE::PART OF THE NAME` of a black-box test, or `lib::…` of a unit test.
    pub(super) test: &'static str,
}

const fn sabotage(
    what: &'static str,
    file: &'static str,
    sound: &'static str,
    broken: &'static str,
    test: &'static str,
) -> Sabotage {
    Sabotage { what, file, sound, broken, test }
}

/// All of them.
pub(super) const SABOTAGES: &[Sabotage] = &[
    sabotage(
        "A message is deleted before its tags are on",
        "queue/worker.rs",
        "Some(self.tagger.tag(event, decision.outcome.taggings()).await)",
        "{ let (tagger, event, taggings) = (Arc::clone(&self.tagger), event.clone(), decision.outcome.taggings().to_vec()); \
         tokio::spawn(async move { tagger.tag(&event, &taggings).await }); Some(Ok(1)) }",
        "run::nothing_is_deleted_while_a_tag_is_missing",
    ),
    sabotage(
        "Alternatives beside `exists` do not count",
        "router/separate.rs",
        "alternatives.iter().partition(|alternative| alternative.get(\"exists\").is_some())",
        "alternatives.iter().partition(|alternative| alternative.get(\"exists\").is_some() && alternatives.len() == 1)",
        "lib::alternatives_count_wherever",
    ),
    sabotage(
        "No lease is extended",
        "queue/lease/book.rs",
        "if now + self.visibility <= lease.limit {",
        "if now + self.visibility > lease.limit {",
        "run::takes_longer_than_its_visibility_timeout",
    ),
    sabotage(
        "Leases are kept for ever",
        "queue/lease/book.rs",
        "if now + self.visibility <= lease.limit {",
        "if now <= lease.limit || now >= lease.limit {",
        "lib::no_lease_lasts_longer",
    ),
    sabotage(
        "An extension that failed is not tried again",
        "queue/lease.rs",
        "batch.iter().for_each(|(key, _)| book.not_extended(*key, now));",
        "let _ = now;",
        "run::an_extension_that_fails",
    ),
    sabotage(
        "Nobody is told that a lease is lost",
        "queue/lease/book.rs",
        "lease.inspect(|lost| lost.cancel()).is_some()",
        "lease.is_some()",
        "run::whoever_works_on_a_message_that_was_lost",
    ),
    sabotage(
        "Failed entries of a batch are not read",
        "queue/sqs.rs",
        "Ok(failed(answer.failed()))\n    }\n\n    /// Hides",
        "let _ = failed(answer.failed());\n        Ok(HashMap::new())\n    }\n\n    /// Hides",
        "run::entries_of_batches",
    ),
    sabotage(
        "What is done and not deleted is forgotten",
        "queue/settle.rs",
        "if entry.settlement == Settlement::Done {\n            self.remembered",
        "if entry.settlement == Settlement::NotForUs {\n            self.remembered",
        "run::what_was_done_and_could_not_be_deleted",
    ),
    sabotage(
        "Poison is worked on again and again",
        "queue/worker.rs",
        "self.remembered.know(message_id, Known::Poison { plugins: set, receive_count });",
        "let _ = set;",
        "run::poison_reaches",
    ),
    sabotage(
        "What waits to be settled is dropped at the end",
        "queue/settle.rs",
        "if !is_open && self.is_idle() {",
        "if !is_open {",
        "run::sigterm_ends_the_work",
    ),
    sabotage(
        "An open poll is aborted",
        "queue/pump.rs",
        "match self.queue.receive(held.len(), wait).await {",
        "let received = tokio::select! { received = self.queue.receive(held.len(), wait) => received, () = stop.cancelled() => return };\n            match received {",
        "run::an_open_poll_is_not_aborted",
    ),
    sabotage(
        "More is received than there is room for",
        "queue/service.rs",
        "permits: Arc::new(Semaphore::new(max_in_flight))",
        "permits: Arc::new(Semaphore::new(max_in_flight + 100))",
        "run::nothing_is_received_that_cannot_be_worked_on",
    ),
    sabotage(
        "What is not done in time is not given back",
        "queue/service.rs",
        "            give_up.cancel();\n            all_done.await;",
        "            let _ = &give_up;",
        "run::what_is_not_done_at_the_end_of_the_drain_time",
    ),
    sabotage(
        "Throttling costs a message a receive",
        "tagger/coalesce.rs",
        "self.limiter.throttled(Instant::now());\n                self.backlog.put_back(batch);",
        "self.limiter.throttled(Instant::now());\n                batch.answer(|_| Err(failure.clone()));",
        "run::throttled_calls_wait_under_lease",
    ),
    sabotage(
        "The rate does not give way when EC2 throttles",
        "tagger/limiter.rs",
        "self.per_second = (self.per_second / 2.0)",
        "self.per_second = self.per_second",
        "lib::being_throttled_halves",
    ),
    sabotage(
        "A call fails as a whole because of one resource",
        "tagger/coalesce.rs",
        "for part in batch.without_the_bad(&failure) {\n                    self.backlog.put_back(part);\n                }",
        "batch.answer(|_| Err(failure.clone()));",
        "run::one_bad_resource_among_many",
    ),
    sabotage(
        "A call that hangs holds up all others",
        "tagger/coalesce.rs",
        "const PATIENCE: Duration = Duration::from_secs(1);",
        "const PATIENCE: Duration = Duration::from_secs(1000);",
        "lib::a_call_that_hangs",
    ),
    sabotage(
        "Every request is a call of its own",
        "tagger/coalesce/backlog.rs",
        "let rest = line.split_off(line.len().min(self.most));",
        "let rest = line.split_off(line.len().min(1));",
        "lib::what_is_asked_while_a_call_is_under_way",
    ),
    sabotage(
        "What EC2 does not know yet is given up at once",
        "tagger/error.rs",
        "Class::NotFound if call.is_recent()",
        "Class::NotFound if !call.is_recent()",
        "run::what_ec2_shows_only_after_some_seconds",
    ),
    sabotage(
        "Everything is overwritten",
        "tagger/existing.rs",
        "another.is_none() && (has_another || is_unseen)",
        "another.is_none() && is_unseen && has_another",
        "run::an_owner_that_is_there_stays",
    ),
    sabotage(
        "What is somebody else's is tagged along",
        "tagger/related.rs",
        "} else if !self.has_another_owner(&found) {",
        "} else {",
        "run::what_was_created_by_somebody_else",
    ),
    sabotage(
        "One account can take all the room",
        "tagger/places.rs",
        "if lively > 1 && is_tight && here >= share.max(1) {",
        "if lively > 1 && is_tight && here >= usize::MAX {",
        "run::a_region_that_hangs",
    ),
    sabotage(
        "Credentials that are refused stay in use",
        "tagger/places.rs",
        "by_name.insert(name, Arc::new(stay.0.renewed(Instant::now())));",
        "let _ = name;",
        "run::credentials_that_are_refused",
    ),
    sabotage(
        "Other accounts are tagged in with the host's own credentials",
        "tagger/credentials.rs",
        "&& self.own_account().await? != account",
        "&& self.own_account().await? == \"\"",
        "run::other_accounts_are_tagged_in_by_a_role",
    ),
    sabotage(
        "What fails alone in TagResources counts as tagged",
        "tagger/tagging_api.rs",
        "Some((arn, Err(failure)))",
        "{ drop(failure); Some((arn, Ok(()))) }",
        "run::one_that_does_not_exist_fails_none_of_the_others",
    ),
    sabotage(
        "A launch by a service is tagged before it is known whose it is",
        "tagger/by_id.rs",
        "Err(error) => return Tagged { count: 0, problem: Err(error) },",
        "Err(error) => drop(error),",
        "run::nothing_is_tagged_before_it_is_known_whose_it_is",
    ),
    sabotage(
        "What the tagging API does not show yet counts as without tags",
        "tagger/existing.rs",
        "Ok(None) if may_hide_tags => {",
        "Ok(None) if may_hide_tags && false => {",
        "run::an_owner_that_is_there_stays_though_the_api_shows_it_late",
    ),
    sabotage(
        "Tags that EC2 does not show yet count as none",
        "tagger/existing.rs",
        "!(tags.is_empty() && may_hide_tags)",
        "!(tags.is_empty() && may_hide_tags && false)",
        "run::an_owner_that_a_vpc_was_made_with_stays",
    ),
    sabotage(
        "The source of a copy can be tagged",
        "guard/provenance.rs",
        "if stands_in(&self.requested, text) {",
        "if stands_in(&self.requested, text) && false {",
        "lib::an_arn_that_the_request_names_existed_before",
    ),
    sabotage(
        "A service takes over what it made for somebody",
        "tagger/existing.rs",
        "(another, self.is_by_service || self.may_be_old)",
        "(another, self.may_be_old)",
        "run::what_a_service_makes_for_somebody",
    ),
    sabotage(
        "Creating a bucket once more takes it over",
        "tagger/existing.rs",
        "rule.may_be_old = resources.iter().any(",
        "rule.may_be_old = !resources.iter().any(",
        "run::a_bucket_that_is_somebody_elses",
    ),
];
