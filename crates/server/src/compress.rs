//! Gzip for answers that are worth it.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use libdeflater::{CompressionLvl, Compressor};

/// Smaller bodies fit into one packet anyway.
const WORTH_IT: usize = 1400;
/// All our bodies are made in memory; this is only the bound of `to_bytes`.
const BODY_LIMIT: usize = 1 << 30;
/// Level 1 of libdeflate: about as small as zlib's 4, at several times its speed.
const LEVEL: i32 = 1;

/// Compresses text answers for clients that accept gzip.
pub(crate) async fn gzip(request: Request, next: Next) -> Response {
    let accepted = request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.split(';').next().is_some_and(|name| name.trim() == "gzip"));
    let response = next.run(request).await;
    if !accepted || response.headers().contains_key(CONTENT_ENCODING) || !is_text(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        // Bodies are in memory, so reading one cannot fail; an empty answer would be a lie all the same.
        return Response::from_parts(parts, Body::from("the answer could not be read\n"));
    };
    if bytes.len() < WORTH_IT {
        return Response::from_parts(parts, Body::from(bytes));
    }
    match compress(&bytes) {
        Some(packed) => {
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            parts.headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
            parts.headers.remove(CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(packed))
        }
        None => Response::from_parts(parts, Body::from(bytes)),
    }
}

fn is_text(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    ["text/", "application/json", "application/javascript", "image/svg", "application/openmetrics"]
        .iter()
        .any(|text| kind.starts_with(text))
}

fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::new(LEVEL).ok()?);
    let mut packed = vec![0; compressor.gzip_compress_bound(bytes.len())];
    let length = compressor.gzip_compress(bytes, &mut packed).ok()?;
    packed.truncate(length);
    Some(packed)
}
