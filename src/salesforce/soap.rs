//! Lead conversion, which only the SOAP API offers.

use std::fmt::Write as _;

use roxmltree::Document;
use serde_json::json;

use super::{
    answer::Converted,
    escape::RecordId,
    failure::{Class, Failure, Trouble},
    http::Answer,
    org::Org,
};

/// How a Lead is to be converted.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The Lead.
    pub lead: RecordId,
    /// The status it gets: one whose `IsConverted` is set.
    pub status: String,
    /// The name of the Opportunity that comes of it.
    pub opportunity: String,
    /// Who owns what comes of it (a user); the Lead's owner when none.
    pub owner: Option<RecordId>,
}

impl Org {
    /// Converts a Lead to a Contact, its Account, and an Opportunity. There is no way back, and
    /// after [`Class::Ambiguous`] the Lead must be asked whether it happened.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn convert_lead(&self, conversion: &Conversion) -> Result<Converted, Failure> {
        let envelope = |token: &str| {
            // The SOAP API takes no JWT for a session and would say "invalid session" for ever.
            if token.matches('.').count() == 2 {
                return Err(Failure::own(
                    Class::OrgWide(Trouble::Config),
                    "JWT_SESSION",
                    "Leads can't be converted with JWT-based access tokens: turn \"Issue JWT-based \
                     access tokens\" off in the app",
                ));
            }
            Ok(envelope(token, conversion))
        };
        result(&self.send_soap(envelope).await?)
    }
}

fn envelope(token: &str, conversion: &Conversion) -> String {
    let Conversion { lead, status, opportunity, owner } = conversion;
    let (token, status, opportunity) = (escaped(token), escaped(status), escaped(opportunity));
    let owner = owner.as_ref().map(|id| format!("<u:ownerId>{id}</u:ownerId>")).unwrap_or_default();
    // The order of the elements is the WSDL's; it matters.
    format!(
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:u=\"urn:partner.soap.sforce.com\"><soapenv:Header><u:SessionHeader>\
         <u:sessionId>{token}</u:sessionId></u:SessionHeader></soapenv:Header><soapenv:Body>\
         <u:convertLead><u:leadConverts><u:convertedStatus>{status}</u:convertedStatus>\
         <u:doNotCreateOpportunity>false</u:doNotCreateOpportunity><u:leadId>{lead}</u:leadId>\
         <u:opportunityName>{opportunity}</u:opportunityName>\
         <u:overwriteLeadSource>false</u:overwriteLeadSource>{owner}\
         <u:sendNotificationEmail>false</u:sendNotificationEmail></u:leadConverts></u:convertLead>\
         </soapenv:Body></soapenv:Envelope>"
    )
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Not even a reference to these may stand in XML 1.0.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            '\'' | '"' => {
                let _ = write!(safe, "&#{};", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// The text of the first element of this name, wherever it stands.
fn first(document: &Document<'_>, name: &str) -> Option<String> {
    let node = document.descendants().find(|node| node.tag_name().name() == name)?;
    node.text().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn result(answer: &Answer) -> Result<Converted, Failure> {
    let unreadable =
        || Failure::own(Class::Ambiguous, "UNREADABLE", "Salesforce's answer can't be read");
    let text = std::str::from_utf8(&answer.body).map_err(|_| unreadable())?;
    let document = Document::parse(text).map_err(|_| unreadable())?;
    if first(&document, "success").as_deref() != Some("true") {
        let code = first(&document, "statusCode").ok_or_else(unreadable)?;
        return Err(failure(400, &code, &first(&document, "message").unwrap_or_default()));
    }
    let id = |name: &str| first(&document, name).and_then(|id| RecordId::parse(&id));
    Ok(Converted {
        account: id("accountId").ok_or_else(unreadable)?,
        contact: id("contactId").ok_or_else(unreadable)?,
        opportunity: id("opportunityId"),
    })
}

/// Reads an answer that is not one of success: a fault says in XML what REST says in JSON.
pub(super) fn fault(answer: &Answer) -> Failure {
    let text = std::str::from_utf8(&answer.body).unwrap_or_default();
    let document = Document::parse(text).ok();
    let code = document.as_ref().and_then(|document| first(document, "faultcode"));
    let (Some(document), Some(code)) = (document, code) else {
        return Failure::from_answer(answer.status, &answer.body, answer.retry_after(), false);
    };
    let code = code.rsplit(':').next().unwrap_or(&code);
    let message = first(&document, "faultstring").unwrap_or_default();
    let message = message.strip_prefix(&format!("{code}: ")).unwrap_or(&message);
    // A fault is always a 500, also when REST would say what it is.
    let status = match code {
        "INVALID_SESSION_ID" => 401,
        "UNKNOWN_EXCEPTION" | "SERVER_UNAVAILABLE" => answer.status,
        _ => 400,
    };
    failure(status, code, message)
}

fn failure(status: u16, code: &str, message: &str) -> Failure {
    let body = json!([{ "errorCode": code, "message": message }]).to_string();
    Failure::from_answer(status, body.as_bytes(), None, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_element() {
        let conversion = Conversion {
            lead: RecordId::of("Lead", "00Q000000000001AAA").unwrap(),
            status: "a&b".to_owned(),
            opportunity: "</u:opportunityName><u:x>\u{7}'\"".to_owned(),
            owner: None,
        };
        let envelope = envelope("t", &conversion);
        let document = Document::parse(&envelope).unwrap();
        assert_eq!(first(&document, "convertedStatus").unwrap(), "a&b");
        assert_eq!(first(&document, "opportunityName").unwrap(), "</u:opportunityName><u:x>'\"");
        assert_eq!(first(&document, "x"), None);
    }
}
