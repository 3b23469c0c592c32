//! Answers, in the form of each service.

use axum::body::Body;
use axum::http::Response;
use axum::http::response::Builder;
use serde_json::json;

use super::cut_body::CutBody;
use super::service::Service;

/// An error as AWS reports it.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl ApiError {
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// `InvalidParameterValue`, a client error.
    pub fn invalid_value(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValue", message)
    }

    /// The type in SQS's JSON body; the SDK's typed errors use the code in the header instead.
    fn json_type(&self) -> String {
        match self.code.as_str() {
            "AWS.SimpleQueueService.NonExistentQueue" => "com.amazonaws.sqs#QueueDoesNotExist".to_owned(),
            "InvalidParameterValue" => "com.amazon.coral.service#InvalidParameterValueException".to_owned(),
            "MissingParameter" => "com.amazon.coral.service#MissingRequiredParameterException".to_owned(),
            "UnknownOperationException" | "SerializationException" | "ExpiredToken" | "InvalidClientTokenId" => {
                format!("com.amazon.coral.service#{}", self.code)
            }
            code => format!("com.amazonaws.sqs#{}", code.trim_start_matches("AWS.SimpleQueueService.")),
        }
    }
}

/// A handler's result: a JSON object; the inside of the XML reply for EC2; that of the result for STS, Auto Scaling and
/// RDS; the whole reply for S3.
pub(super) enum Answer {
    Json(String),
    Xml(String),
}

/// A reply, ready to be sent.
pub(super) struct Reply {
    status: u16,
    content_type: &'static str,
    request_id: String,
    query_error: Option<String>,
    body: String,
}

impl Reply {
    pub fn new(service: Service, action: &str, serial: u64, result: Result<Answer, ApiError>) -> Self {
        let request_id = format!("00000000-0000-4000-8000-{serial:012x}");
        let (content_type, namespace) = (service.content_type(), service.namespace());
        let status = result.as_ref().map_or_else(|error| error.status, |_| 200);
        let (body, query_error) = match (service, result) {
            (_, Ok(Answer::Json(json))) => (json, None),
            (Service::S3, Ok(Answer::Xml(root))) => (xml(&root), None),
            (Service::Sts | Service::AutoScaling | Service::Rds, Ok(Answer::Xml(inside))) => {
                let result = format!("<{action}Result>{inside}</{action}Result>");
                let metadata = format!("<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>");
                let response = format!("<{action}Response xmlns=\"{namespace}\">{result}{metadata}</{action}Response>");
                (xml(&response), None)
            }
            (_, Ok(Answer::Xml(inside))) => {
                let content = format!("<requestId>{request_id}</requestId>{inside}");
                (xml(&format!("<{action}Response xmlns=\"{namespace}\">{content}</{action}Response>")), None)
            }
            (Service::Sqs, Err(error)) => {
                let fault = if error.status < 500 { "Sender" } else { "Receiver" };
                let body = json!({ "__type": error.json_type(), "message": error.message }).to_string();
                (body, Some(format!("{};{fault}", error.code)))
            }
            (Service::Tagging, Err(error)) => {
                (json!({ "__type": error.code, "Message": error.message }).to_string(), None)
            }
            (Service::EventBridge | Service::CloudTrail | Service::Kms, Err(error)) => {
                (json!({ "__type": error.code, "message": error.message }).to_string(), None)
            }
            (Service::Ec2, Err(error)) => {
                let (code, message) = (escape(&error.code), escape(&error.message));
                let errors = format!("<Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>");
                (xml(&format!("<Response>{errors}<RequestID>{request_id}</RequestID></Response>")), None)
            }
            (Service::S3, Err(error)) => {
                let (code, message) = (escape(&error.code), escape(&error.message));
                let ids = format!("<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId>");
                (xml(&format!("<Error><Code>{code}</Code><Message>{message}</Message>{ids}</Error>")), None)
            }
            (Service::Sts | Service::AutoScaling | Service::Rds, Err(error)) => {
                let (code, message) = (escape(&error.code), escape(&error.message));
                let fault = if error.status < 500 { "Sender" } else { "Receiver" };
                let error = format!("<Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message>");
                let content = format!("<Error>{error}</Error><RequestId>{request_id}</RequestId>");
                (xml(&format!("<ErrorResponse xmlns=\"{namespace}\">{content}</ErrorResponse>")), None)
            }
        };
        Self { status, content_type, request_id, query_error, body }
    }

    /// The HTTP response.
    pub fn whole(self) -> Response<Body> {
        let head = self.head();
        respond(head, Body::from(self.body))
    }

    /// The HTTP response, which breaks off in the middle of its body.
    pub fn cut(self) -> Response<Body> {
        respond(self.head(), Body::new(CutBody::half_of(&self.body)))
    }

    fn head(&self) -> Builder {
        let response = Response::builder()
            .status(self.status)
            .header("content-type", self.content_type)
            .header("content-length", self.body.len())
            .header("x-amzn-requestid", &self.request_id);
        match &self.query_error {
            Some(query_error) => response.header("x-amzn-query-error", query_error),
            None => response,
        }
    }
}

fn respond(head: Builder, body: Body) -> Response<Body> {
    head.body(body).expect("codes and ids are plain ASCII")
}

fn xml(root: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}")
}

/// Escapes text for the inside of an XML element.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}
