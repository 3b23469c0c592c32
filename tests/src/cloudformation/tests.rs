use super::*;

const PARAMETERS: &str = "
Parameters:
  Choice: { Type: String, Default: 'no', AllowedValues: ['yes', 'no'], ConstraintDescription: yes or no }
  Keys: { Type: CommaDelimitedList, Default: 'Owner,PrincipalId' }
  Count: { Type: Number, Default: 20, MinValue: 10, MaxValue: 30, ConstraintDescription: 10 to 30 }
Conditions:
  Chosen: !Equals [!Ref Choice, 'yes']
";

/// The value of an output of a small template.
fn output(value: &str, parameters: &[(&str, &str)]) -> Result<String, String> {
    let resources = "
Resources:
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: autotag } }
  Rule: { Type: 'AWS::Events::Rule', Condition: Chosen }
";
    let text = format!("{PARAMETERS}{resources}Outputs:\n  Value: {{ Value: {value} }}\n");
    let stack = Template::parse(&text)?.deploy(&Environment::usual(), parameters)?;
    Ok(stack.outputs["Value"].clone())
}

#[test]
fn functions_give_what_cloudformation_gives() {
    for (value, expected) in [
        ("!Ref Queue", "https://sqs.eu-central-1.amazonaws.com/111122223333/autotag"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:eu-central-1:111122223333:autotag"),
        ("!Ref Count", "20"),
        ("!Join ['+', !Ref Keys]", "Owner+PrincipalId"),
        ("!Join ['+', [a, !If [Chosen, b, !Ref AWS::NoValue], c]]", "a+c"),
        ("!Select [4, !Split ['/', !Ref Queue]]", "autotag"),
        ("!Sub '${AWS::Region} ${Queue.QueueName} ${!aws:userid}'", "eu-central-1 autotag ${aws:userid}"),
        ("!Sub ['${A}-${Choice}', { A: !Ref AWS::Partition }]", "aws-no"),
    ] {
        assert_eq!(output(value, &[]).as_deref(), Ok(expected), "{value}");
    }
    let chosen = output("!If [Chosen, !GetAtt Rule.Arn, none]", &[("Choice", "yes")]);
    assert_eq!(chosen.unwrap(), "arn:aws:events:eu-central-1:111122223333:rule/autotag-Rule-1ABCDEFGHIJKL");
}

#[test]
fn what_cloudformation_refuses_is_an_error_that_says_why() {
    for (value, error) in [
        ("!Ref Nobody", "Value: there is no Nobody"),
        ("!GetAtt Rule.Arn", "Value: Rule is not made, since \"Chosen\" is false"),
        ("!GetAtt Queue.Colour", "Value: AWS::SQS::Queue has no Colour"),
        ("!Sub '${Keys}'", "Value: Keys is no text"),
        ("!Ref AWS::NoValue", "Value: AWS::NoValue where there must be one: {\"Ref\":\"AWS::NoValue\"}"),
        ("!Select [2, !Ref Keys]", "Value: there is no element 2 in [\"Owner\", \"PrincipalId\"]"),
        ("!Cidr [a, b]", "unknown: !Cidr [\"a\",\"b\"]"),
    ] {
        assert_eq!(output(value, &[]).unwrap_err(), error, "{value}");
    }
    let parameter = |name, value| output("!Ref Queue", &[(name, value)]).unwrap_err();
    assert_eq!(parameter("Colour", "red"), "there is no parameter Colour");
    assert_eq!(parameter("Choice", "perhaps"), "Choice cannot be perhaps: yes or no");
    assert_eq!(parameter("Count", "31"), "Count cannot be 31: 10 to 30");
    assert_eq!(parameter("Count", "many"), "Count cannot be many: 10 to 30");
}
