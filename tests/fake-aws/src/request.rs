//! Parses an HTTP request: its caller, account and Region, its service, its action and its parameters.

use std::time::Instant;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::ec2::query::Query;
use super::reply::ApiError;
use super::service::Service;
use super::shared::Shared;

/// One request to the fake AWS.
pub(super) struct Request {
    pub service: Service,
    pub action: String,
    pub access_key_id: String,
    pub account: String,
    /// The caller's ARN.
    pub caller: String,
    pub region: String,
    /// The error with which AWS refuses the request before it looks at its parameters, if the credentials are not good.
    pub refused: Option<ApiError>,
    /// The address that the client connected to. Queue URLs begin with it.
    pub host: String,
    /// The JSON object of a service that speaks JSON. For the others the form as an object of strings, without `Action`
    /// and `Version`. For S3 the query, without what names the action, plus `Bucket`.
    pub parameters: Value,
}

impl Request {
    /// # Errors
    ///
    /// AWS's own errors: no or malformed credentials, a scope of another service, a body that is not of the protocol.
    pub fn read(shared: &Shared, head: &Parts, body: &[u8]) -> Result<Self, (Service, ApiError)> {
        let headers = &head.headers;
        if let Some(target) = header(headers, "x-amz-target") {
            let named = |service: &Service| service.target().is_some_and(|prefix| target.starts_with(prefix));
            let service = Service::ALL.into_iter().find(named).unwrap_or(Service::Sqs);
            return Self::read_json(shared, headers, service, target, body).map_err(|error| (service, error));
        }
        // All services share one address here, so only the signature says to which service a form is sent.
        let scope = Scope::read(headers).map_err(|error| (Service::Ec2, error))?;
        let signed = |service: &Service| service.name() == scope.service;
        if signed(&Service::S3) {
            return Self::read_rest(shared, head, scope).map_err(|error| (Service::S3, error));
        }
        let forms = [Service::Sts, Service::AutoScaling, Service::Rds];
        let service = forms.into_iter().find(signed).unwrap_or(Service::Ec2);
        Self::read_query(shared, headers, service, scope, body).map_err(|error| (service, error))
    }

    fn read_json(
        shared: &Shared,
        headers: &HeaderMap,
        service: Service,
        target: &str,
        body: &[u8],
    ) -> Result<Self, ApiError> {
        let scope = Scope::read(headers)?;
        scope.check(service)?;
        let unknown = || ApiError::new(400, "UnknownOperationException", format!("Unknown operation {target}"));
        let action = service.target().and_then(|prefix| target.strip_prefix(prefix)).ok_or_else(unknown)?;
        let malformed = |reason: String| ApiError::new(400, "SerializationException", reason);
        if header(headers, "content-type") != Some(service.content_type()) {
            return Err(malformed(format!("The content type must be {}", service.content_type())));
        }
        let parameters: Value = serde_json::from_slice(body).map_err(|error| malformed(error.to_string()))?;
        if !parameters.is_object() {
            return Err(malformed("The body must be a JSON object".to_owned()));
        }
        Ok(Self::new(shared, headers, service, action, scope, parameters))
    }

    fn read_query(
        shared: &Shared,
        headers: &HeaderMap,
        service: Service,
        scope: Scope,
        body: &[u8],
    ) -> Result<Self, ApiError> {
        scope.check(service)?;
        let mut form = Map::new();
        for (key, value) in form_urlencoded::parse(body) {
            form.insert(key.into_owned(), Value::String(value.into_owned()));
        }
        let mut take = |key: &str| form.remove(key).and_then(|value| value.as_str().map(str::to_owned));
        let missing = || ApiError::new(400, "MissingAction", "The request is missing an action.");
        let action = take("Action").ok_or_else(missing)?;
        let version = take("Version").unwrap_or_default();
        if Some(version.as_str()) != service.version() {
            let message = format!("The requested version ({version}) is not valid.");
            return Err(ApiError::new(400, "NoSuchVersion", message));
        }
        Ok(Self::new(shared, headers, service, &action, scope, Value::Object(form)))
    }

    /// S3's requests: about all buckets, or about the one that the path names.
    fn read_rest(shared: &Shared, head: &Parts, scope: Scope) -> Result<Self, ApiError> {
        let pairs = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let mut query: Map<String, Value> =
            pairs.map(|(key, value)| (key.into_owned(), Value::String(value.into_owned()))).collect();
        // The SDK repeats the action here, for readers of logs.
        query.remove("x-id");
        // `/`, or `/BUCKET` with or without a slash behind it; the rest of a longer path is an object's name.
        let path = head.uri.path().strip_prefix('/').unwrap_or_default();
        let bucket = path.strip_suffix('/').unwrap_or(path);
        let asks_for_tags = query.remove("tagging").is_some();
        let action = match (&head.method, bucket, asks_for_tags) {
            (&Method::GET, "", false) => "ListBuckets",
            (&Method::GET, bucket, true) if !bucket.is_empty() && !bucket.contains('/') => "GetBucketTagging",
            (method, path, _) => {
                let message = format!("The fake AWS does not know what {method} /{path} asks of S3");
                return Err(ApiError::new(501, "NotImplemented", message));
            }
        };
        if !bucket.is_empty() {
            query.insert("Bucket".to_owned(), Value::String(bucket.to_owned()));
        }
        // The only parameter of either action that is a header. It is refused like all parameters that the fake does
        // not know.
        let owner = "x-amz-expected-bucket-owner";
        if let Some(value) = header(&head.headers, owner) {
            query.insert(owner.to_owned(), Value::String(value.to_owned()));
        }
        Ok(Self::new(shared, &head.headers, Service::S3, action, scope, Value::Object(query)))
    }

    fn new(
        shared: &Shared,
        headers: &HeaderMap,
        service: Service,
        action: &str,
        scope: Scope,
        parameters: Value,
    ) -> Self {
        let token = header(headers, "x-amz-security-token");
        let (account, caller, checked) = shared.read(|world| {
            let (sessions, account) = (&world.sts.sessions, world.account_of(&scope.access_key_id));
            let (caller, _) = sessions.identity(&scope.access_key_id, &account);
            (account, caller, sessions.check(service, &scope.access_key_id, token, Instant::now()))
        });
        Self {
            service,
            action: action.to_owned(),
            access_key_id: scope.access_key_id,
            account,
            caller,
            region: scope.region,
            refused: checked.err(),
            host: header(headers, "host").unwrap_or_default().to_owned(),
            parameters,
        }
    }

    /// The name of the SQS queue that the request is about.
    pub fn queue_name(&self) -> Option<String> {
        let url = self.parameters.get("QueueUrl").and_then(Value::as_str);
        let name = url.and_then(|url| url.rsplit('/').next());
        name.or_else(|| self.parameters.get("QueueName").and_then(Value::as_str)).map(str::to_owned)
    }

    /// What the request names: EC2's resource ids, in its id lists and its filters, the tagging API's ARNs, the names
    /// of Auto Scaling groups, EventBridge's rules and the ARNs of their targets, CloudTrail's trails, KMS's keys,
    /// RDS's resources as they are named, S3's buckets or the prefix of their names.
    pub fn resource_ids(&self) -> Vec<String> {
        match self.service {
            Service::Ec2 => {
                let form = Query::new(&self.parameters);
                let lists = form.names().filter(|name| name.ends_with("Id")).flat_map(|name| form.list(name));
                let filters = form.filters().into_iter().filter(|filter| filter.name.ends_with("-id"));
                lists.chain(filters.flat_map(|filter| filter.values)).collect()
            }
            Service::AutoScaling => {
                let filters = Query::new(&self.parameters).member_filters().into_iter();
                filters.filter(|filter| filter.name == "auto-scaling-group").flat_map(|filter| filter.values).collect()
            }
            Service::Tagging => {
                let arns = self.parameters.get("ResourceARNList").and_then(Value::as_array);
                arns.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Service::EventBridge => self.texts(&["Name", "Rule", "TargetArn"]),
            Service::CloudTrail => self.texts(&["Name", "TrailName"]),
            Service::Kms => self.texts(&["KeyId"]),
            Service::Rds => {
                let named = ["DBInstance", "DBCluster", "DBSnapshot", "DBClusterSnapshot"];
                let mut named = self.texts(&named.map(|kind| format!("{kind}Identifier")));
                named.extend(self.texts(&["ResourceName"]));
                let filters = Query::new(&self.parameters).named_filters().into_iter();
                named.into_iter().chain(filters.flat_map(|filter| filter.values)).collect()
            }
            Service::S3 => self.texts(&["Bucket", "prefix"]),
            Service::Sqs | Service::Sts => Vec::new(),
        }
    }

    /// The values of these parameters that are strings.
    fn texts(&self, names: &[impl AsRef<str>]) -> Vec<String> {
        let given = names.iter().filter_map(|name| self.parameters.get(name.as_ref()).and_then(Value::as_str));
        given.map(str::to_owned).collect()
    }

    /// The entries of a batch, of which each can fail alone; empty if the request is no batch.
    pub fn entries(&self) -> &[Value] {
        let list = if self.action == "TagResources" { "ResourceARNList" } else { "Entries" };
        self.parameters.get(list).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// The credential scope of a signature: `AKID/20300101/us-east-1/sqs/aws4_request`.
struct Scope {
    access_key_id: String,
    region: String,
    service: String,
}

impl Scope {
    fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let missing = || ApiError::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
        let authorization = header(headers, "authorization").ok_or_else(missing)?;
        let malformed =
            || ApiError::new(403, "IncompleteSignature", "Authorization header requires 'Credential' parameter.");
        let credential = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .and_then(|fields| fields.split(',').find_map(|field| field.trim().strip_prefix("Credential=")))
            .ok_or_else(malformed)?;
        let parts: Vec<&str> = credential.split('/').collect();
        let [access_key_id, _date, region, service, "aws4_request"] = parts.as_slice() else {
            return Err(malformed());
        };
        let [access_key_id, region, service] = [access_key_id, region, service].map(|part| (*part).to_owned());
        Ok(Self { access_key_id, region, service })
    }

    fn check(&self, service: Service) -> Result<(), ApiError> {
        let expected = service.name();
        if self.service == expected {
            return Ok(());
        }
        let message = format!("Credential should be scoped to correct service: '{expected}'.");
        Err(ApiError::new(403, "SignatureDoesNotMatch", message))
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
