//! Converting a lead, by SOAP because there is no other way.

use std::fmt::Write;

use callboard::sandbox::org::{Fault, FaultKind, Options, Running};
use serde_json::{Value, json};

use super::{Client, http, start};

async fn soap(running: &Running, token: &str, inner: &str) -> (u16, String) {
    let body = format!(
        r#"<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:u="urn:partner.soap.sforce.com"><soapenv:Header><u:SessionHeader><u:sessionId>{token}</u:sessionId></u:SessionHeader></soapenv:Header><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"#
    );
    let reply = http()
        .post(format!("{}/services/Soap/u/66.0", running.base_url))
        .header("content-type", "text/xml; charset=UTF-8")
        .header("SOAPAction", "\"\"")
        .body(body)
        .send()
        .await
        .unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

fn convert(lead: &str, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("convertedStatus", "Closed - Converted"),
        ("doNotCreateOpportunity", "false"),
        ("leadId", lead),
        ("overwriteLeadSource", "false"),
        ("sendNotificationEmail", "false"),
    ];
    for (name, value) in more {
        match fields.iter_mut().find(|(known, _)| known == name) {
            Some(field) => field.1 = value,
            None => fields.push((name, value)),
        }
    }
    // The WSDL's order happens to be the alphabet's.
    fields.sort_unstable();
    let elements = fields.iter().fold(String::new(), |mut all, (name, value)| {
        write!(all, "<u:{name}>{value}</u:{name}>").unwrap();
        all
    });
    format!("<u:convertLead><u:leadConverts>{elements}</u:leadConverts></u:convertLead>")
}

fn tag<'a>(xml: &'a str, name: &str) -> &'a str {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name}: {xml}"));
    rest.split_once('<').unwrap().0
}

async fn lead(client: &Client) -> String {
    let fields = json!({ "FirstName": "Ivy", "LastName": "Chen", "Company": "Chen Household",
                         "Phone": "3805550101", "Street": "1 Neil Avenue" });
    client.create("Lead", fields).await
}

#[tokio::test]
async fn a_lead_becomes_account_contact_and_opportunity_once() {
    let (running, client) = start(Options::default()).await;
    let id = lead(&client).await;
    client.create("Task", json!({ "WhoId": id, "Subject": "Call" })).await;
    let (status, xml) =
        soap(&running, client.token(), &convert(&id, &[("opportunityName", "HVAC Replacement")]))
            .await;
    assert_eq!((status, tag(&xml, "success")), (200, "true"), "{xml}");
    let (account, contact, opportunity) =
        (tag(&xml, "accountId"), tag(&xml, "contactId"), tag(&xml, "opportunityId"));
    let one = |object: &str, id: &str| {
        running.records(object).into_iter().find(|row| row["Id"] == id).unwrap()
    };
    assert_eq!(one("Account", account)["Name"], "Chen Household");
    assert_eq!(one("Contact", contact)["MailingStreet"], "1 Neil Avenue");
    assert_eq!(one("Opportunity", opportunity)["Name"], "HVAC Replacement");
    assert_eq!(one("Lead", &id)["ConvertedContactId"], contact);
    assert_eq!(running.records("Task")[0]["WhoId"], contact);

    let (status, again) = soap(&running, client.token(), &convert(&id, &[])).await;
    assert_eq!((status, tag(&again, "success")), (200, "false"));
    assert_eq!(tag(&again, "statusCode"), "CANNOT_UPDATE_CONVERTED_LEAD");
    assert!(again.contains("<opportunityId xsi:nil=\"true\"/>"));
}

#[tokio::test]
async fn an_existing_contact_is_taken_and_no_opportunity_made() {
    let (running, client) = start(Options::default()).await;
    let id = lead(&client).await;
    let jane = running.records("Contact").into_iter().find(|c| c["FirstName"] == "Jane").unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let (account, contact) = (text(&jane["AccountId"]), text(&jane["Id"]));
    let more = [
        ("accountId", account.as_str()),
        ("contactId", &contact),
        ("doNotCreateOpportunity", "true"),
    ];
    let before = running.records("Opportunity").len();
    let (_, xml) = soap(&running, client.token(), &convert(&id, &more)).await;
    assert_eq!((tag(&xml, "contactId"), tag(&xml, "success")), (contact.as_str(), "true"));
    assert_eq!(running.records("Opportunity").len(), before);
    let (_, without) =
        soap(&running, client.token(), &convert(&lead(&client).await, &[("contactId", &contact)]))
            .await;
    assert_eq!(tag(&without, "statusCode"), "REQUIRED_FIELD_MISSING");
}

#[tokio::test]
async fn faults_are_500_and_errors_200() {
    let (running, client) = start(Options::default()).await;
    let id = lead(&client).await;
    let (status, xml) = soap(&running, "nonsense", &convert(&id, &[])).await;
    assert_eq!((status, tag(&xml, "faultcode")), (500, "sf:INVALID_SESSION_ID"));
    let (status, xml) =
        soap(&running, client.token(), &convert(&id, &[("convertedStatus", "New")])).await;
    assert_eq!((status, tag(&xml, "statusCode")), (200, "INVALID_STATUS"));
    let disordered = convert(&id, &[]).replace("convertedStatus", "zebra");
    let (status, xml) = soap(&running, client.token(), &disordered).await;
    assert_eq!((status, tag(&xml, "faultcode")), (500, "soapenv:Client"));
    let many = "<u:leadConverts/>".repeat(101);
    let (_, xml) =
        soap(&running, client.token(), &format!("<u:convertLead>{many}</u:convertLead>")).await;
    assert_eq!(tag(&xml, "faultcode"), "sf:EXCEEDED_LEAD_CONVERT_LIMIT");
    running.set_fault(Fault::new(FaultKind::DailyLimit).times(1));
    let (status, xml) = soap(&running, client.token(), &convert(&id, &[])).await;
    assert_eq!((status, tag(&xml, "faultcode")), (500, "sf:REQUEST_LIMIT_EXCEEDED"));
    running.set_fault(Fault::new(FaultKind::Lock).on("Lead").times(1));
    let (_, xml) = soap(&running, client.token(), &convert(&id, &[])).await;
    assert_eq!(tag(&xml, "statusCode"), "UNABLE_TO_LOCK_ROW");
    let contacts = running.records("Contact").len();
    running.set_fault(Fault::new(FaultKind::Lock).on("Opportunity").times(1));
    soap(&running, client.token(), &convert(&id, &[])).await;
    assert_eq!(running.records("Contact").len(), contacts, "a half conversion is none");
}
