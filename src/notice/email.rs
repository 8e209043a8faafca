//! Notices by e-mail.

use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message as Mail, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use secrecy::ExposeSecret;

use super::{
    Failure, Message, SEND_TIME, causes,
    settings::{Email, Security, SettingsError},
};
use crate::network::is_this_machine;

/// From this urgency up a mail says that it is important.
const IMPORTANT: u8 = 4;

/// The answers to a login that did not work: whoever set it up can mend it.
const LOGIN_REFUSED: [u16; 4] = [530, 534, 535, 538];

/// A mail server that takes our messages.
#[derive(Debug)]
pub(super) struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
}

impl Post {
    pub(super) fn new(settings: &Email) -> Result<Self, SettingsError> {
        let wrong = |what: String| SettingsError::Wrong(format!("email.{what}"));
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| wrong(format!("from: {:?} is no sender's address", settings.from)))?;
        let reply_to = settings.reply_to.as_ref().map(|address| {
            let parsed = address.parse::<Mailbox>();
            parsed.map_err(|_| wrong(format!("reply_to: {address:?} is no address")))
        });
        let reply_to = reply_to.transpose()?;
        let tls = || {
            TlsParameters::new(settings.host.clone())
                .map_err(|error| wrong(format!("host: no TLS with {:?}: {error}", settings.host)))
        };
        let security = match settings.security {
            Security::StartTls => Tls::Required(tls()?),
            Security::Tls => Tls::Wrapper(tls()?),
            Security::None if is_this_machine(&settings.host) => Tls::None,
            Security::None => {
                return Err(wrong(
                    "security: \"none\" is for a mail server on this machine only; callers' words \
                     would cross the network in clear"
                        .to_owned(),
                ));
            }
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port())
            .tls(security)
            .timeout(Some(SEND_TIME / 2));
        match (&settings.user, &settings.password) {
            (Some(user), Some(password)) => {
                let password = password.resolve().map_err(|source| SettingsError::Secret {
                    setting: "email.password".to_owned(),
                    source,
                })?;
                let login = Credentials::new(user.clone(), password.expose_secret().to_owned());
                transport = transport.credentials(login);
            }
            (None, None) => {}
            _ => return Err(wrong("user and email.password go together".to_owned())),
        }
        Ok(Self { transport: transport.build(), from, reply_to })
    }

    /// Sends `message` to `address`.
    pub(super) async fn send(&self, address: &str, message: &Message) -> Result<(), Failure> {
        let mail = self.mail(address, message)?;
        self.transport.send(mail).await.map(drop).map_err(|error| failure(&error))
    }

    /// Whether the server answers, secures the way as it should, and takes our login.
    pub(super) async fn reach(&self) -> Result<(), Failure> {
        match self.transport.test_connection().await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Failure::passing("it does not answer as a mail server")),
            Err(error) => Err(failure(&error)),
        }
    }

    fn mail(&self, address: &str, message: &Message) -> Result<Mail, Failure> {
        let address: Address = address
            .parse()
            .map_err(|_| Failure::permanent(&format!("{address:?} is no e-mail address")))?;
        let mut mail = Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(Some(message.to.to_string()), address))
            .subject(message.title().as_str())
            .message_id(Some(self.message_id(message)))
            .header(ContentType::TEXT_PLAIN)
            // Nobody's absence is to answer to a machine.
            .raw_header(raw("Auto-Submitted", "auto-generated"));
        if let Some(reply_to) = &self.reply_to {
            mail = mail.reply_to(reply_to.clone());
        }
        if message.urgency >= IMPORTANT {
            mail = mail.raw_header(raw("Importance", "high")).raw_header(raw("X-Priority", "1"));
        }
        mail.body(message.text()).map_err(|error| Failure::permanent(&error.to_string()))
    }

    /// The same for every attempt: a mail that came twice is known to be one.
    fn message_id(&self, message: &Message) -> String {
        format!("<{}@{}>", message.id(), self.from.email.domain())
    }
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Whether a refusal is for good: the address is wrong, the message is not wanted.
fn failure(error: &Error) -> Failure {
    let code = error.status().map(u16::from);
    let login = code.is_some_and(|code| LOGIN_REFUSED.contains(&code));
    let problem = causes(error);
    // The server says what it can't do, not what to set instead.
    let problem = match problem.contains("STARTTLS is not supported") {
        true => format!(
            "{problem}; email.security = \"tls\" is for port 465, \"none\" for a server on this machine"
        ),
        false => problem,
    };
    match error.is_permanent() && !login {
        true => Failure::permanent(&problem),
        false => Failure::passing(&problem),
    }
}
