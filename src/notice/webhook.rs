//! Notices to whatever takes a webhook.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use reqwest::{
    Client, StatusCode,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use secrecy::ExposeSecret;

use super::{
    Failure, Message, SEND_TIME, causes,
    channel::{Channel, Complete, Format},
    settings::SettingsError,
};

/// The most steps a template may take.
const FUEL: u64 = 100_000;

/// So much is read of an answer, in bytes: it says why nothing was taken.
const LONGEST_ANSWER: usize = 16 * 1024;

/// A channel, ready to be sent to.
#[derive(Debug)]
pub(super) struct Webhook {
    channel: Complete,
    templates: Environment<'static>,
    client: Client,
}

impl Webhook {
    pub(super) fn new(settings: &Channel) -> Result<Self, SettingsError> {
        let wrong = |what: &str| SettingsError::Wrong(format!("channel {}: {what}", settings.name));
        let channel = settings.complete()?;
        let escape = match channel.format {
            Format::Json => AutoEscape::Json,
            Format::Text => AutoEscape::None,
        };
        let mut templates = Environment::new();
        templates.set_auto_escape_callback(move |_| escape);
        // A name that is misspelt is an error, not an empty place.
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_fuel(Some(FUEL));
        templates.add_filter("slack", slack);
        let client = Client::builder()
            .timeout(SEND_TIME / 2)
            .redirect(Policy::none())
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong(&error.to_string()))?;
        let webhook = Self { channel, templates, client };
        // A template that fails, fails when the hub starts and not at two in the morning.
        let request = webhook.request("recipient", &Message::sample());
        request.map_err(|failure| wrong(failure.problem.as_str()))?;
        Ok(webhook)
    }

    /// Sends `message` to `recipient`, whoever that is there.
    pub(super) async fn send(&self, recipient: &str, message: &Message) -> Result<(), Failure> {
        let (headers, body) = self.request(recipient, message)?;
        let Complete { method, url, .. } = &self.channel;
        let request = self.client.request(method.clone(), url.clone()).headers(headers).body(body);
        let mut answer = request.send().await.map_err(|error| {
            // Whoever knows the address may post there: it is not repeated.
            Failure::passing(&causes(&error.without_url()))
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let mut said = Vec::new();
        while said.len() < LONGEST_ANSWER
            && let Ok(Some(more)) = answer.chunk().await
        {
            said.extend_from_slice(&more);
        }
        let said = String::from_utf8_lossy(&said);
        let problem = format!("{status}: {said}");
        match is_for_good(status) {
            true => Err(Failure::permanent(&problem)),
            false => Err(Failure::passing(&problem)),
        }
    }

    fn request(&self, recipient: &str, message: &Message) -> Result<(HeaderMap, String), Failure> {
        let wrong = |what: &str, error: String| Failure::permanent(&format!("{what}: {error}"));
        let Complete { token, body, format, headers, .. } = &self.channel;
        let token = token.as_ref().map(ExposeSecret::expose_secret);
        let mut all = HeaderMap::new();
        all.insert(
            CONTENT_TYPE,
            HeaderValue::from_static(match format {
                Format::Json => "application/json",
                Format::Text => "text/plain; charset=utf-8",
            }),
        );
        for (name, template) in headers {
            let failed = |error: String| wrong(&format!("the header {name}"), error);
            let mut plain = self.templates.clone();
            plain.set_auto_escape_callback(|_| AutoEscape::None);
            // What a caller said has no place here.
            let value = plain.render_str(template, context! { token, recipient });
            let value = value.map_err(|error| failed(error.to_string()))?;
            if value.is_empty() {
                continue;
            }
            let name: HeaderName = name.parse().map_err(|_| failed("no such name".to_owned()))?;
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| failed("it holds what no header may".to_owned()))?;
            value.set_sensitive(true);
            all.insert(name, value);
        }
        let text = message.text();
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        let (id, title) = (message.id(), message.title());
        let known = context! { id, title, text, lines, token, recipient, ..minijinja::Value::from_serialize(message) };
        let body = self.templates.render_str(body, known);
        let body = body.map_err(|error| wrong("the body", causes(&error)))?;
        if *format == Format::Json
            && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&body)
        {
            return Err(wrong("the body is no JSON", error.to_string()));
        }
        Ok((all, body))
    }
}

/// Whether trying again can't help: the receiver said that it is this very message or address it will
/// not take. All else may be mended or pass, a wrong login as much as a page of a proxy in between.
fn is_for_good(status: StatusCode) -> bool {
    [
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED,
        StatusCode::GONE,
        StatusCode::PAYLOAD_TOO_LARGE,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::UNPROCESSABLE_ENTITY,
    ]
    .contains(&status)
}

/// Slack reads `<…>` as a mention or a link, and knows three entities.
#[expect(clippy::needless_pass_by_value, reason = "a filter takes what it is given")]
fn slack(text: String) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
