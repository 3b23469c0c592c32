//! A reply that breaks off half-way.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use hyper::body::Frame;

use super::pipeline::Dropped;

/// A body that ends with an error after its first bytes.
pub(super) struct CutBody {
    first: Option<Bytes>,
    breaks: bool,
}

impl CutBody {
    pub fn half_of(text: &str) -> Self {
        let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default();
        Self { first: Some(Bytes::copy_from_slice(half)), breaks: false }
    }
}

impl hyper::body::Body for CutBody {
    type Data = Bytes;
    type Error = Dropped;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Dropped>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        if !self.breaks {
            // One poll later, so that the first bytes are written before the connection breaks.
            self.breaks = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Dropped)))
    }
}
