//! Reads an HTTP request into the AWS call that it carries: who, where, which action, with what parameters.

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::reply::ApiError;
use super::service::Service;
use super::shared::Shared;

/// One AWS call.
pub(super) struct Request {
    pub service: Service,
    pub action: String,
    pub account: String,
    pub region: String,
    /// The address that the client called, which queue URLs begin with.
    pub host: String,
    /// SQS's JSON object, or EC2's form as an object of strings, `Action` and `Version` left out.
    pub parameters: Value,
}

impl Request {
    /// # Errors
    ///
    /// As AWS words them: no or bad credentials, a scope of another service, a body that is not of the protocol.
    pub fn read(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Self, (Service, ApiError)> {
        match header(headers, "x-amz-target") {
            Some(target) => Self::read_json(shared, headers, target, body).map_err(|error| (Service::Sqs, error)),
            None => Self::read_query(shared, headers, body).map_err(|error| (Service::Ec2, error)),
        }
    }

    fn read_json(shared: &Shared, headers: &HeaderMap, target: &str, body: &[u8]) -> Result<Self, ApiError> {
        let scope = Scope::read(headers, "sqs")?;
        let unknown = || ApiError::new(400, "UnknownOperationException", format!("Unknown operation {target}"));
        let action = target.strip_prefix("AmazonSQS.").ok_or_else(unknown)?;
        let malformed = |reason: String| ApiError::new(400, "SerializationException", reason);
        if header(headers, "content-type") != Some("application/x-amz-json-1.0") {
            return Err(malformed("The content type must be application/x-amz-json-1.0".to_owned()));
        }
        let parameters: Value = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
        if !parameters.is_object() {
            return Err(malformed("The body must be a JSON object".to_owned()));
        }
        Ok(Self::new(shared, headers, Service::Sqs, action, scope, parameters))
    }

    fn read_query(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        let scope = Scope::read(headers, "ec2")?;
        let mut form = Map::new();
        for (key, value) in form_urlencoded::parse(body) {
            form.insert(key.into_owned(), Value::String(value.into_owned()));
        }
        let mut take = |key: &str| form.remove(key).and_then(|value| value.as_str().map(str::to_owned));
        let missing = || ApiError::new(400, "MissingAction", "The request is missing an action.");
        let action = take("Action").ok_or_else(missing)?;
        let version = take("Version").unwrap_or_default();
        if version != "2016-11-15" {
            return Err(ApiError::new(
                400,
                "NoSuchVersion",
                format!("The requested version ({version}) is not valid."),
            ));
        }
        Ok(Self::new(shared, headers, Service::Ec2, &action, scope, Value::Object(form)))
    }

    fn new(
        shared: &Shared,
        headers: &HeaderMap,
        service: Service,
        action: &str,
        scope: Scope,
        parameters: Value,
    ) -> Self {
        let account = shared.read(|world| world.account_of(&scope.access_key_id));
        let host = header(headers, "host").unwrap_or_default().to_owned();
        Self { service, action: action.to_owned(), account, region: scope.region, host, parameters }
    }

    /// The name of the SQS queue that the call is about.
    pub fn queue_name(&self) -> Option<String> {
        let url = self.parameters.get("QueueUrl").and_then(Value::as_str);
        let name = url.and_then(|url| url.rsplit('/').next());
        name.or_else(|| self.parameters.get("QueueName").and_then(Value::as_str)).map(str::to_owned)
    }

    /// The EC2 resource ids that the call names, in its id lists and its filters.
    pub fn resource_ids(&self) -> Vec<String> {
        if self.service == Service::Sqs {
            return Vec::new();
        }
        let form = super::ec2::query::Query::new(&self.parameters);
        let lists = form.names().filter(|name| name.ends_with("Id")).flat_map(|name| form.list(name));
        let filters = form.filters().into_iter().filter(|filter| filter.name.ends_with("-id"));
        lists.chain(filters.flat_map(|filter| filter.values)).collect()
    }
}

/// The credential scope of a signature: `AKID/20300101/us-east-1/sqs/aws4_request`.
struct Scope {
    access_key_id: String,
    region: String,
}

impl Scope {
    fn read(headers: &HeaderMap, service: &str) -> Result<Self, ApiError> {
        let missing = || ApiError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        let authorization = header(headers, "authorization").ok_or_else(missing)?;
        let malformed =
            || ApiError::new(403, "IncompleteSignature", "Authorization header requires 'Credential' parameter.");
        let credential = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .and_then(|fields| fields.split(',').find_map(|field| field.trim().strip_prefix("Credential=")))
            .ok_or_else(malformed)?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, _date, region, signed_for, "aws4_request"] = parts.as_slice() else {
            return Err(malformed());
        };
        if *signed_for != service {
            let message = format!("Credential should be scoped to correct service: '{service}'.");
            return Err(ApiError::new(403, "SignatureDoesNotMatch", message));
        }
        Ok(Self { access_key_id: (*access_key_id).to_owned(), region: (*region).to_owned() })
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
