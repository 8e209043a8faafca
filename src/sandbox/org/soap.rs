//! SOAP, as far as there is no other way: `convertLead`, and what clients ask before it.

use roxmltree::{Document, Node};

use super::{
    Org,
    answer::{Answer, Content, Refusal},
    convert::{Conversion, LeadConvert},
    ids,
    records::text,
    rest::version as read_version,
    save::Saving,
    wire::Request,
};

/// The elements of a LeadConvert in the WSDL's order; those marked must be there.
const LEAD_CONVERT: &[(&str, bool)] = &[
    ("accountId", false),
    ("accountRecord", false),
    ("bypassAccountDedupeCheck", false),
    ("bypassContactDedupeCheck", false),
    ("contactId", false),
    ("contactRecord", false),
    ("convertedStatus", true),
    ("doNotCreateOpportunity", true),
    ("leadId", true),
    ("opportunityId", false),
    ("opportunityName", false),
    ("opportunityRecord", false),
    ("overwriteLeadSource", true),
    ("ownerId", false),
    ("relatedPersonAccountId", false),
    ("relatedPersonAccountRecord", false),
    ("sendNotificationEmail", true),
];
/// How many leads one call converts.
const MOST_LEADS: usize = 100;

/// What ends a call before its operation does.
struct Fault {
    code: String,
    message: String,
}

impl Fault {
    fn client(message: impl Into<String>) -> Self {
        Self { code: "soapenv:Client".to_owned(), message: message.into() }
    }

    fn sf(code: &str, message: &str) -> Self {
        Self { code: format!("sf:{code}"), message: format!("{code}: {message}") }
    }
}

impl Org {
    /// `POST /services/Soap/{u|c}/{version}`
    pub(super) fn soap(&mut self, edition: &str, version: &str, request: &Request) -> Answer {
        let namespace = match edition {
            "u" => "urn:partner.soap.sforce.com",
            "c" => "urn:enterprise.soap.sforce.com",
            _ => return fault(&Fault::client("no such endpoint")),
        };
        // The path may go on with an org id: `/services/Soap/u/66.0/00D…`.
        if read_version(&format!("v{version}")).is_err() {
            let message = "Invalid Api version specified on URL";
            return fault(&Fault::sf("UNSUPPORTED_API_VERSION", message));
        }
        if request.method != "POST" {
            return Answer::empty(405);
        }
        match self.soap_call(namespace, request) {
            Ok(inner) => self.envelope(namespace, &inner),
            Err(failed) => fault(&failed),
        }
    }

    fn soap_call(&mut self, namespace: &str, request: &Request) -> Result<String, Fault> {
        let body = std::str::from_utf8(&request.body).unwrap_or_default();
        let document = Document::parse(body).map_err(|error| Fault::client(error.to_string()))?;
        if request.header("soapaction").is_none() {
            return Err(Fault::client("SOAPAction HTTP header missing"));
        }
        let envelope = document.root_element();
        let operation = child(envelope, "Body")
            .and_then(|body| body.children().find(Node::is_element))
            .ok_or_else(|| Fault::client("No operation in the body"))?;
        let name = operation.tag_name().name();
        if operation.tag_name().namespace() != Some(namespace) {
            let message = format!(
                "No operation available for request {{{}}}{name}",
                operation.tag_name().namespace().unwrap_or_default()
            );
            return Err(Fault::client(message));
        }
        if name == "login" {
            return Err(Fault::sf(
                "INVALID_OPERATION",
                "SOAP API login() is disabled by default in this org.",
            ));
        }
        let headers = child(envelope, "Header");
        self.check_session(headers)?;
        if self.calls_today >= self.options.daily_limit {
            return Err(Fault::sf("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."));
        }
        self.count_call();
        match name {
            "convertLead" => self.convert_leads(operation, &saving_of(headers)),
            "getServerTimestamp" => {
                let now = self.now().strftime("%Y-%m-%dT%H:%M:%S.%3fZ");
                Ok(format!(
                    "<getServerTimestampResponse><result><timestamp>{now}</timestamp></result></getServerTimestampResponse>"
                ))
            }
            "getUserInfo" => Ok(self.soap_user_info()),
            other => Err(Fault::client(format!(
                "No operation available for request {{{namespace}}}{other}"
            ))),
        }
    }

    /// Every element of the WSDL's GetUserInfoResult, in its order: strict clients want them all.
    fn soap_user_info(&self) -> String {
        let profile =
            self.tables.of("Profile").next().map(|row| text(row, "Id")).unwrap_or_default();
        let life = self.options.token_lifetime.as_secs().to_string();
        let name = escaped(&self.options.username);
        let elements = [
            ("accessibilityMode", "false"),
            ("chatterExternal", "false"),
            ("currencySymbol", "$"),
            ("orgAttachmentFileSizeLimit", "5242880"),
            ("orgDefaultCurrencyIsoCode", "USD"),
            ("orgDefaultCurrencyLocale", "en_US"),
            ("orgDisallowHtmlAttachments", "false"),
            ("orgHasPersonAccounts", if self.options.person_accounts { "true" } else { "false" }),
            ("organizationId", &self.org_id),
            ("organizationMultiCurrency", "false"),
            ("organizationName", "Bluebird Home Services (stand-in)"),
            ("profileId", profile),
            ("roleId", ""),
            ("sessionSecondsValid", &life),
            ("userDefaultCurrencyIsoCode", "USD"),
            ("userEmail", "integration@example.com"),
            ("userFullName", "Callboard Integration"),
            ("userId", &self.user_id),
            ("userLanguage", "en_US"),
            ("userLocale", "en_US"),
            ("userName", &name),
            ("userTimeZone", "America/New_York"),
            ("userType", "Standard"),
            ("userUiSkin", "Theme3"),
        ];
        let inner: String = elements
            .iter()
            .map(|(name, value)| match *value {
                "" => format!("<{name} xsi:nil=\"true\"/>"),
                value => format!("<{name}>{value}</{name}>"),
            })
            .collect();
        format!("<getUserInfoResponse><result>{inner}</result></getUserInfoResponse>")
    }

    fn check_session(&mut self, headers: Option<Node<'_, '_>>) -> Result<(), Fault> {
        let token = headers
            .and_then(|headers| child(headers, "SessionHeader"))
            .and_then(|header| child(header, "sessionId"))
            .and_then(|node| node.text())
            .unwrap_or_default();
        let (now, life) = (self.now(), self.life());
        if self.tokens.accept(token.trim(), now, life) {
            return Ok(());
        }
        Err(Fault::sf(
            "INVALID_SESSION_ID",
            "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash",
        ))
    }

    fn convert_leads(&mut self, operation: Node<'_, '_>, saving: &Saving) -> Result<String, Fault> {
        let wanted: Vec<Node<'_, '_>> = operation.children().filter(Node::is_element).collect();
        if wanted.len() > MOST_LEADS {
            let message = format!("Cannot convert more than {MOST_LEADS} leads at a time");
            return Err(Fault::sf("EXCEEDED_LEAD_CONVERT_LIMIT", &message));
        }
        let conversions = wanted.into_iter().map(read_conversion).collect::<Result<Vec<_>, _>>()?;
        let mut results = String::new();
        for conversion in conversions {
            let before = self.tables.mark();
            let outcome = self.convert_lead(&conversion, saving);
            if outcome.is_err() {
                self.tables.roll_back(before);
            }
            results.push_str(&shown(&conversion, &outcome));
        }
        Ok(format!("<convertLeadResponse>{results}</convertLeadResponse>"))
    }

    fn envelope(&self, namespace: &str, inner: &str) -> Answer {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns=\"{namespace}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Header><LimitInfoHeader><limitInfo><current>{}</current><limit>{}</limit><type>API REQUESTS</type></limitInfo></LimitInfoHeader></soapenv:Header><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>",
            self.calls_today, self.options.daily_limit
        );
        Answer::text(200, "text/xml; charset=utf-8", text)
    }
}

/// A REST refusal of the edge as the fault a SOAP client gets.
pub(super) fn refusal_as_fault(answer: Answer) -> Answer {
    let Content::Json(body) = &answer.body else { return answer };
    let text = |key: &str| body[0][key].as_str().unwrap_or_default();
    fault(&Fault::sf(text("errorCode"), text("message")))
}

fn fault(failed: &Fault) -> Answer {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:sf=\"urn:fault.partner.soap.sforce.com\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body><soapenv:Fault><faultcode>{}</faultcode><faultstring>{}</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        escaped(&failed.code),
        escaped(&failed.message)
    );
    Answer::text(500, "text/xml; charset=utf-8", text)
}

/// Reads one `leadConverts`, whose elements have an order.
fn read_conversion(node: Node<'_, '_>) -> Result<LeadConvert, Fault> {
    if node.tag_name().name() != "leadConverts" {
        return Err(Fault::client(format!(
            "Element {} invalid at this location",
            node.tag_name().name()
        )));
    }
    let mut read = LeadConvert::default();
    let mut place = 0;
    let mut seen = Vec::new();
    for element in node.children().filter(Node::is_element) {
        let name = element.tag_name().name();
        let found = LEAD_CONVERT.iter().skip(place).position(|(known, _)| *known == name);
        place += found.ok_or_else(|| {
            Fault::client(format!(
                "Element {{urn:partner.soap.sforce.com}}{name} invalid at this location"
            ))
        })? + 1;
        seen.push(name);
        let nil = element.attributes().any(|a| a.name() == "nil" && a.value() == "true");
        let text = element.text().unwrap_or_default().trim().to_owned();
        let some = Some(text.clone()).filter(|text| !nil && !text.is_empty());
        // Fifteen characters are as good as eighteen.
        let some_id = some.clone().map(|id| ids::read(&id).unwrap_or(id));
        match name {
            "accountId" => read.account = some_id,
            "contactId" => read.contact = some_id,
            "opportunityId" => read.opportunity = some_id,
            "ownerId" => read.owner = some_id,
            "leadId" => read.lead = some_id.unwrap_or_default(),
            "opportunityName" => read.opportunity_name = some,
            "convertedStatus" => read.status = text,
            "doNotCreateOpportunity" => read.no_opportunity = text == "true",
            "overwriteLeadSource" => read.overwrite_source = text == "true",
            _ => {}
        }
    }
    match LEAD_CONVERT.iter().find(|(name, needed)| *needed && !seen.contains(name)) {
        Some((name, _)) => Err(Fault::client(format!("Required element missing: {name}"))),
        None => Ok(read),
    }
}

fn shown(wanted: &LeadConvert, outcome: &Result<Conversion, Refusal>) -> String {
    let element = |name: &str, id: &Option<String>| match id {
        Some(id) => format!("<{name}>{id}</{name}>"),
        None => format!("<{name} xsi:nil=\"true\"/>"),
    };
    let (ids, errors) = match outcome {
        Ok(done) => (
            (Some(done.account.clone()), Some(done.contact.clone()), done.opportunity.clone()),
            String::new(),
        ),
        Err(refusal) => {
            let fields: String = refusal
                .fields
                .iter()
                .flatten()
                .map(|field| format!("<fields>{}</fields>", escaped(field)))
                .collect();
            let error = format!(
                "<errors>{fields}<message>{}</message><statusCode>{}</statusCode></errors>",
                escaped(&refusal.message),
                escaped(&refusal.code)
            );
            ((None, None, None), error)
        }
    };
    let (account, contact, opportunity) = ids;
    format!(
        "<result>{}{}{errors}<leadId>{}</leadId>{}<success>{}</success></result>",
        element("accountId", &account),
        element("contactId", &contact),
        escaped(&wanted.lead),
        element("opportunityId", &opportunity),
        outcome.is_ok()
    )
}

fn saving_of(headers: Option<Node<'_, '_>>) -> Saving {
    let duplicates = headers.and_then(|headers| child(headers, "DuplicateRuleHeader"));
    let says = |name: &str| {
        let value = duplicates.and_then(|header| child(header, name)).and_then(|node| node.text());
        value.is_some_and(|text| text.trim() == "true")
    };
    Saving {
        assign: false,
        allow_duplicates: says("allowSave"),
        duplicate_details: says("includeRecordDetails"),
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|inner| inner.is_element() && inner.tag_name().name() == name)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
