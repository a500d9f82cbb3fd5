//! Request parameters as Prometheus reads them: from the URL and from a form body, repeated or not.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use model::{Duration, Timestamp};

use crate::envelope::ApiError;

/// A form body may have this many bytes; queries are text, and Prometheus' own bound is of this order.
const BODY_LIMIT: usize = 10 << 20;

/// Name and value pairs; those of a form body come first, as Go's `FormValue` prefers them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Params, ApiError> {
        let query = request.uri().query().unwrap_or("").to_owned();
        let form = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|text| text.starts_with("application/x-www-form-urlencoded"))
        });
        let body = if form {
            to_bytes(request.into_body(), BODY_LIMIT).await.map_err(|error| {
                ApiError::bad_data(format!(
                    "error reading the request body (at most {BODY_LIMIT} bytes): {error}"
                ))
            })?
        } else {
            Bytes::new()
        };
        let decoded = |bytes: &[u8]| url::form_urlencoded::parse(bytes).into_owned().collect::<Vec<_>>();
        let mut pairs = decoded(&body);
        pairs.extend(decoded(query.as_bytes()));
        Ok(Params(pairs))
    }
}

impl Params {
    /// The first value of a parameter, or "".
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// All values of a parameter.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A point in time: seconds since the epoch, or RFC 3339. None where the parameter is absent.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        match self.get(name) {
            "" => Ok(None),
            text => parse_time(text).map(Some).ok_or_else(|| {
                let quoted = model::labels::Quoted(text);
                let why =
                    format!("invalid time value for '{name}': cannot parse {quoted} to a valid timestamp");
                invalid(name, &why)
            }),
        }
    }

    /// A point in time that must be given. Prometheus words this error in another way than that of optional times.
    pub(crate) fn required_time(&self, name: &str) -> Result<Timestamp, ApiError> {
        let text = self.get(name);
        parse_time(text).ok_or_else(|| {
            invalid(name, &format!("cannot parse {} to a valid timestamp", model::labels::Quoted(text)))
        })
    }

    /// A duration: seconds, or Prometheus' form. None where the parameter is absent.
    pub(crate) fn duration(&self, name: &str) -> Result<Option<Duration>, ApiError> {
        match self.get(name) {
            "" => Ok(None),
            text => parse_duration(text).map(Some).ok_or_else(|| {
                invalid(name, &format!("cannot parse {} to a valid duration", model::labels::Quoted(text)))
            }),
        }
    }

    /// How many results at most; 0 is no limit.
    pub(crate) fn limit(&self) -> Result<usize, ApiError> {
        match self.get("limit") {
            "" => Ok(0),
            text => text.parse().map_err(|_| invalid("limit", "limit must be non-negative")),
        }
    }
}

/// The error for a parameter that cannot be read.
pub(crate) fn invalid(name: &str, why: &str) -> ApiError {
    ApiError::bad_data(format!("invalid parameter \"{name}\": {why}"))
}

fn parse_time(text: &str) -> Option<Timestamp> {
    if let Some(seconds) = model::value::parse_float(text) {
        // Prometheus keeps milliseconds; what does not fit, or is no number, is refused.
        let ms = (seconds * 1000.0).round();
        return (ms.is_finite() && ms.abs() < 9.2e18).then_some(Timestamp(ms as i64));
    }
    match text {
        // Prometheus' own names for the ends of time, see `minTimeFormatted` in web/api/v1.
        "-292273086-05-16T16:47:06Z" => Some(Timestamp(i64::MIN / 1000)),
        "292277025-08-18T07:12:54.999999999Z" => Some(Timestamp(i64::MAX / 1000)),
        text => text.parse::<jiff::Timestamp>().ok().map(|time| Timestamp(time.as_millisecond())),
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    match model::value::parse_float(text) {
        Some(seconds) => {
            let ms = (seconds * 1000.0).round();
            (ms.is_finite() && ms.abs() < 9.2e15).then_some(Duration(ms as i64))
        }
        None => Duration::parse(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc3339() {
        for (text, ms) in [
            ("0", Some(0)),
            ("1.5", Some(1500)),
            ("1543578564.705", Some(1_543_578_564_705)),
            ("1970-01-01T00:00:01Z", Some(1000)),
            ("2015-06-03T13:21:58.555Z", Some(1_433_337_718_555)),
            ("2015-06-03T14:21:58.555+01:00", Some(1_433_337_718_555)),
            ("abc", None),
            ("NaN", None),
            ("1e99", None),
        ] {
            assert_eq!(parse_time(text).map(|t| t.0), ms, "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_or_prometheus_form() {
        for (text, ms) in
            [("1", Some(1000)), ("0.5", Some(500)), ("5m", Some(300_000)), ("x", None), ("Inf", None)]
        {
            assert_eq!(parse_duration(text).map(|d| d.0), ms, "{text}");
        }
    }
}
