//! Prometheus' answer envelope: `{"status":"success","data":…}` or `{"status":"error","errorType":…}`.

use std::fmt::Write;

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::json;

/// At most this many warnings, and as many infos, stand in an answer.
const ANNOTATIONS_MAX: usize = 10;

/// What went wrong, as clients of Prometheus' API know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorType {
    BadData,
    Execution,
    Timeout,
    Canceled,
    NotFound,
    Internal,
    /// A server behind us does not answer.
    Unavailable,
}

/// An error answer.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    pub(crate) kind: ErrorType,
    pub(crate) message: String,
}

/// A success answer whose data is written already.
pub(crate) struct Answer {
    /// JSON text.
    pub(crate) data: String,
    pub(crate) warnings: Vec<String>,
    pub(crate) infos: Vec<String>,
}

/// What handlers return.
pub(crate) type ApiResult = Result<Answer, ApiError>;

impl ErrorType {
    fn as_str(self) -> &'static str {
        match self {
            ErrorType::BadData => "bad_data",
            ErrorType::Execution => "execution",
            ErrorType::Timeout => "timeout",
            ErrorType::Canceled => "canceled",
            ErrorType::NotFound => "not_found",
            ErrorType::Internal => "internal",
            ErrorType::Unavailable => "unavailable",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            ErrorType::BadData => StatusCode::BAD_REQUEST,
            ErrorType::Execution => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorType::Timeout => StatusCode::SERVICE_UNAVAILABLE,
            // Nginx' "client closed request", which Prometheus uses too.
            ErrorType::Canceled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            ErrorType::NotFound => StatusCode::NOT_FOUND,
            ErrorType::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            ErrorType::Unavailable => StatusCode::BAD_GATEWAY,
        }
    }
}

impl ApiError {
    pub(crate) fn new(kind: ErrorType, message: impl Into<String>) -> ApiError {
        ApiError { kind, message: message.into() }
    }

    pub(crate) fn bad_data(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorType::BadData, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorType::Internal, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(ErrorType::NotFound, message)
    }
}

impl From<model::storage::SelectError> for ApiError {
    fn from(error: model::storage::SelectError) -> ApiError {
        ApiError::internal(error.to_string())
    }
}

impl Answer {
    /// An answer whose data is already JSON text.
    pub(crate) fn raw(data: String) -> Answer {
        Answer { data, warnings: Vec::new(), infos: Vec::new() }
    }

    /// An answer of a value that serde can write.
    pub(crate) fn of<T: Serialize>(data: &T) -> ApiResult {
        serde_json::to_string(data).map(Answer::raw).map_err(|error| ApiError::internal(error.to_string()))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut body = String::with_capacity(self.data.len() + 64);
        body.push_str("{\"status\":\"success\",\"data\":");
        body.push_str(&self.data);
        push_annotations(&mut body, "warnings", &self.warnings);
        push_annotations(&mut body, "infos", &self.infos);
        body.push('}');
        ([(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = format!("{{\"status\":\"error\",\"errorType\":\"{}\",\"error\":", self.kind.as_str());
        json::push_string(&mut body, &self.message);
        body.push('}');
        (self.kind.status(), [(CONTENT_TYPE, "application/json")], body).into_response()
    }
}

fn push_annotations(body: &mut String, name: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    // Writing to a string cannot fail.
    let _ = write!(body, ",\"{name}\":[");
    for (i, text) in texts.iter().take(ANNOTATIONS_MAX).enumerate() {
        if i > 0 {
            body.push(',');
        }
        json::push_string(body, text);
    }
    if texts.len() > ANNOTATIONS_MAX {
        let rest = texts.len() - ANNOTATIONS_MAX;
        let noun = name.trim_end_matches('s');
        let _ = write!(body, ",\"{rest} more {noun} annotations omitted\"");
    }
    body.push(']');
}
