//! Rules as Terraform's resources.

use std::fmt::Write;

use autotag_eventbridge_rules::Rule;
use heck::ToSnakeCase;

use super::cloudformation::{MAX_EVENT_AGE_SECONDS, MAX_RETRIES, QueueArn};
use crate::commands::layout::laid_out;

/// The variables for what is not named on the command line.
const QUEUE: (&str, &str) = ("queue_arn", "The queue that the rules send to");
const DEAD_LETTERS: (&str, &str) = ("delivery_dead_letter_queue_arn", "The queue for what cannot be delivered");

/// The rules in Terraform's language, for its AWS provider.
pub(super) fn resources(rules: &[Rule], queue: Option<&QueueArn>, dead_letters: Option<&QueueArn>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for ((name, description), _) in [(QUEUE, queue), (DEAD_LETTERS, dead_letters)].iter().filter(|one| one.1.is_none())
    {
        let _ =
            writeln!(text, "variable \"{name}\" {{\n  type        = string\n  description = \"{description}\"\n}}\n");
    }
    let arn = |given: Option<&QueueArn>, variable: (&str, &str)| {
        given.map_or_else(|| format!("var.{}", variable.0), |arn| format!("\"{}\"", escaped(arn.as_str())))
    };
    for (number, Rule { name, plugin, pattern }) in rules.iter().enumerate() {
        let between = if number == 0 { "" } else { "\n" };
        let label = name.to_snake_case();
        let pattern = escaped(&laid_out(pattern)).replace('\n', "\n  ");
        let _ = writeln!(
            text,
            r#"{between}resource "aws_cloudwatch_event_rule" "{label}" {{
  name          = "autotag-{name}"
  description   = "Brings events to autotag's plugin {plugin}"
  event_pattern = jsonencode({pattern})
}}

resource "aws_cloudwatch_event_target" "{label}" {{
  rule      = aws_cloudwatch_event_rule.{label}.name
  target_id = "queue"
  arn       = {}

  dead_letter_config {{
    arn = {}
  }}

  retry_policy {{
    maximum_event_age_in_seconds = {MAX_EVENT_AGE_SECONDS}
    maximum_retry_attempts       = {MAX_RETRIES}
  }}
}}"#,
            arn(queue, QUEUE),
            arn(dead_letters, DEAD_LETTERS),
        );
    }
    text
}

/// In quotes, these begin an expression.
fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pattern_holds_no_expression_of_terraforms() {
        let pattern = json!({"detail": {"eventName": [{"prefix": "${path.module}%{if}"}]}});
        let rule = Rule { name: "XRule".into(), plugin: "x".into(), pattern };
        let text = resources(&[rule], Some(&"arn:aws:sqs:r:1:q".parse().unwrap()), None);
        assert!(text.contains(r#""$${path.module}%%{if}""#), "{text}");
        assert!(
            text.contains("arn       = \"arn:aws:sqs:r:1:q\"\n") && !text.contains("variable \"queue_arn\""),
            "{text}"
        );
        assert!(text.contains("    arn = var.delivery_dead_letter_queue_arn\n"), "{text}");
    }
}
