//! What the doctor looks at beside fields: rights on objects, the edition, the other destinations.

use std::collections::BTreeMap;

use serde_json::Value;

use super::doctor::{Finding, failed};
use crate::{
    plan::{self, Destination, DestinationKind, NewCaller},
    salesforce::{Describe, Org, text_literal},
};

/// Whether the integration user may do to each object what planning asks for.
pub(super) fn rights(
    described: &BTreeMap<String, Describe>,
    settings: &plan::Settings,
) -> Vec<Finding> {
    let makes = |kind| settings.new_caller == kind;
    let wanted = [
        ("Lead", makes(NewCaller::Lead), true),
        ("Contact", makes(NewCaller::Contact), true),
        ("Account", !makes(NewCaller::Lead), makes(NewCaller::PersonAccount)),
        ("Opportunity", true, true),
        ("Task", true, true),
    ];
    let mut findings = Vec::new();
    for (sobject, create, edit) in wanted {
        let Some(object) = described.get(sobject) else { continue };
        let missing =
            [("create", create && !object.createable), ("edit", edit && !object.updateable)];
        for (right, _) in missing.iter().filter(|(_, missing)| *missing) {
            findings.push(Finding::wrong(
                format!("the integration user may not {right} {sobject}"),
                format!("Tick {right} for {sobject} in the object settings of its permission set."),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::fine("the integration user may create and edit what is written"));
    }
    findings
}

/// Which edition the org is.
pub(super) async fn edition(org: &Org) -> Finding {
    let soql = "SELECT OrganizationType, IsSandbox FROM Organization";
    let page = match org.query(soql).await {
        Ok(page) => page,
        Err(failure) => return failed("asking for the org's edition", &failure),
    };
    let record = page.records.first();
    let of = |field: &str| record.and_then(|record| record.get(field));
    let edition = of("OrganizationType").and_then(Value::as_str).unwrap_or("unknown edition");
    let sandbox = if of("IsSandbox") == Some(&true.into()) { ", a sandbox" } else { "" };
    Finding::fine(format!("the org is a {edition}{sandbox}"))
}

/// Looks the other destinations over.
pub(super) async fn destinations(org: &Org, settings: &plan::Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for to in &settings.destinations {
        match to.kind {
            DestinationKind::WebToLead => findings.extend(form(org, to).await),
            DestinationKind::Flow => findings.push(flow(org, to).await),
            DestinationKind::ApexRest => findings.push(Finding::fine(format!(
                "destination {}: a class of the org's own; nobody can look into it",
                to.name
            ))),
        }
    }
    findings
}

/// What can be said of destinations that need no login, where there is none: what is to be looked
/// at by hand.
pub fn without_org(settings: &plan::Settings) -> Vec<Finding> {
    let mut findings = vec![Finding::warning(
        "no [salesforce]: what the org allows and what became of a form can't be looked at",
        "Post a trial call and look for its Lead by hand; or set [salesforce] up: then doctor and \
         verify look.",
    )];
    for to in &settings.destinations {
        findings.push(in_the_dark(to));
        let own = to.fields.iter().map(|(name, field)| format!("{name} ({field})"));
        let own: Vec<String> = own.collect();
        if !own.is_empty() {
            findings.push(Finding::warning(
                format!("destination {}: can't be checked: {}", to.name, own.join(", ")),
                "Each id must be that of the field's page in Setup, Object Manager, Lead; a picklist \
                 must list what is sent.",
            ));
        }
    }
    let takes_all =
        |to: &Destination| to.sources.is_empty() && to.called.is_empty() && to.services.is_empty();
    if !settings.destinations.iter().any(takes_all) {
        findings.push(Finding::warning(
            "calls that no destination takes are recorded here and written nowhere",
            "Add a destination without sources, called and services as the last one.",
        ));
    }
    findings
}

/// What is to be known of every form.
fn in_the_dark(to: &Destination) -> Finding {
    Finding::warning(
        format!("destination {}: Web-to-Lead never tells what became of a form", to.name),
        "In Setup, Web-to-Lead: switch it on, \"Require reCAPTCHA Verification\" off (it drops all \
         forms silently), and name a Default Lead Creator who reads e-mail: refusals go there.",
    )
}

async fn form(org: &Org, to: &Destination) -> Vec<Finding> {
    let name = &to.name;
    let mut findings = vec![in_the_dark(to)];
    if let Ok(id) = org.org_id().await
        && !to.org_id.is_empty()
        && to.org_id.get(..15) != id.as_str().get(..15)
    {
        findings.push(Finding::wrong(
            format!("destination {name}: org_id {} is not the connected org", to.org_id),
            format!("Forms for another org vanish without a word: leave org_id out, or set {id}."),
        ));
    }
    let ids: Vec<&String> = to.fields.keys().filter(|name| name.starts_with("00N")).collect();
    if ids.is_empty() {
        return findings;
    }
    let list: Vec<String> = ids.iter().map(|id| text_literal(id)).collect();
    let soql = format!("SELECT Id FROM CustomField WHERE Id IN ({})", list.join(", "));
    match org.tooling_query(&soql).await {
        Ok(page) => {
            let known = |id: &str| {
                page.records.iter().any(|field| {
                    let known = field.get("Id").and_then(Value::as_str).unwrap_or_default();
                    known.get(..15) == id.get(..15)
                })
            };
            findings.extend(ids.iter().filter(|id| !known(id)).map(|id| {
                Finding::wrong(
                    format!("destination {name}: {id} is no custom field of the org"),
                    "Take the id from the address of the field's page in Setup, Object Manager.",
                )
            }));
        }
        Err(failure) => findings.push(failed("looking at the form's fields", &failure)),
    }
    findings
}

async fn flow(org: &Org, to: &Destination) -> Finding {
    let Destination { name, path, .. } = to;
    let inputs = match org.flow_inputs(path).await {
        Ok(inputs) => inputs,
        Err(failure) => return failed(&format!("destination {name}: looking at {path}"), &failure),
    };
    let missing: Vec<&str> =
        to.fields.keys().filter(|field| !inputs.contains(field)).map(String::as_str).collect();
    if missing.is_empty() {
        return Finding::fine(format!("destination {name}: {path} takes what is sent"));
    }
    Finding::wrong(
        format!("destination {name}: {path} has no input {}", missing.join(", ")),
        format!("Its inputs are {} (case counts).", inputs.join(", ")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_that_is_missing_is_named() {
        let object =
            |createable, updateable| Describe { createable, updateable, ..Describe::default() };
        let of = |lead: Describe| BTreeMap::from([("Lead".to_owned(), lead)]);
        let settings = plan::Settings::default();
        let said = |described| -> Vec<String> {
            rights(&of(described), &settings).into_iter().map(|finding| finding.what).collect()
        };
        assert_eq!(said(object(false, true)), ["the integration user may not create Lead"]);
        assert_eq!(said(object(true, false)), ["the integration user may not edit Lead"]);
        assert!(said(object(true, true))[0].contains("may create and edit"));
        let elsewhere = plan::Settings { new_caller: NewCaller::Contact, ..settings };
        assert_eq!(rights(&of(object(false, true)), &elsewhere).len(), 1);
    }
}
