//! Webhooks in, events out: one file per source verifies a request and translates it. Pure.
