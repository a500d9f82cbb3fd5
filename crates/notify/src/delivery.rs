//! One attempt to post something, and what came of the last ones.

use std::sync::{Mutex, PoisonError};

use model::Timestamp;
use tokio::sync::watch;

/// Why a post failed. Texts hold no secrets: the address is the caller's to name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DeliveryError {
    /// The receiver answered, and not with success.
    #[error("answered {code}{}{}", if text.is_empty() { "" } else { ": " }, text)]
    Status {
        /// HTTP status code.
        code: u16,
        /// The beginning of the answer's body.
        text: String,
    },
    /// There was no answer.
    #[error("{0}")]
    Failed(String),
    /// The request cannot be made; trying again is of no use.
    #[error("{0}")]
    Unusable(String),
}

/// The last outcomes at one receiver.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<Last>);

/// When the last delivery succeeded, and the error since, if any.
#[derive(Clone, Debug, Default)]
pub(crate) struct Last {
    pub(crate) success: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

// === impl DeliveryError ===

impl DeliveryError {
    /// Whether the same request may succeed later.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            DeliveryError::Status { code, .. } => *code >= 500 || *code == 429 || *code == 408,
            DeliveryError::Failed(_) => true,
            DeliveryError::Unusable(_) => false,
        }
    }
}

// === impl Outcomes ===

impl Outcomes {
    pub(crate) fn succeeded(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Last { success: Some(now), error: None };
    }

    pub(crate) fn failed(&self, error: &DeliveryError) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error.to_string());
    }

    pub(crate) fn last(&self) -> Last {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Waits until the task is to end: told so, or its owner is gone.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the owner is gone.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Whether the task is to end.
pub(crate) fn is_stopped(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}
