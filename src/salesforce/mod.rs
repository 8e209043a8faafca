//! How to talk to an org: authentication, REST, limits, errors. Knows nothing of Callboard.
//!
//! [`Org`] makes the calls. It promises:
//! - one token request at a time, however many calls wait for it; a rotated refresh token is with
//!   the [`TokenStore`] before the access token that came with it is used;
//! - a 401 refreshes once and repeats once; a token of another org is refused;
//! - ids, names and values can't leave their place in a URL or a query;
//! - every failure is a [`Failure`] whose [`Class`] says what may be done about it.

mod advice;
mod answer;
mod batch;
mod connection;
mod escape;
mod failure;
mod http;
mod jwt;
mod login;
mod org;
mod request;
mod settings;
mod soap;
mod submit;
mod together;
mod token;

pub use answer::{Converted, Created, Describe, Field, Page, PicklistValue, Upserted, Usage};
pub use connection::Meter;
pub use escape::{RecordId, is_api_name, like_literal, text_literal};
pub use failure::{Class, Duplicate, Failure, Trouble};
pub use login::{Approved, Login, REDIRECT, RedirectError};
pub use org::{AutoAssign, Fields, Options, Org};
pub use settings::{Flow, Settings, SettingsError};
pub use soap::Conversion;
pub use submit::Forms;
pub use together::{Found, Gate, Upsert};
pub use token::{BoxError, InMemory, TokenStore, login_name};
