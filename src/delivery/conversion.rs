//! From a Lead to the Contact, Account and Opportunity it becomes.

use crate::{
    call::{Fact, Linked, Match, MatchKind, Text},
    plan::Purpose,
    salesforce::{Class, Conversion, Converted, Failure, RecordId},
};

use super::deliver::{Attempt, Done};

impl Attempt<'_> {
    /// Converts the Lead, unless an attempt before (or a person) did.
    pub(super) async fn convert(
        &self,
        lead: Option<&Text>,
        opportunity: &Text,
        owner: Option<&Text>,
    ) -> Result<Done, Failure> {
        let lead = self.target("Lead", lead)?;
        if self.is_repetition()
            && let Some(converted) = self.converted(&lead).await?
        {
            return self.became(&lead, &converted).await;
        }
        let conversion = Conversion {
            lead: lead.clone(),
            status: self.settings.converted_status.clone(),
            opportunity: opportunity.to_string(),
            owner: owner.and_then(|id| RecordId::of("User", id.as_str())),
        };
        match self.org.convert_lead(&conversion).await {
            Ok(converted) => self.became(&lead, &converted).await,
            Err(failure) if failure.class == Class::Permanent => {
                match self.converted(&lead).await? {
                    Some(converted) => self.became(&lead, &converted).await,
                    None => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn became(&self, lead: &RecordId, converted: &Converted) -> Result<Done, Failure> {
        let account = Text::new(converted.account.as_str());
        let person = self.is_person(Some(&account)).await?;
        Ok(converted_to(lead, converted, person))
    }

    /// Whether this Account is a Person Account; asked only where there are any.
    async fn is_person(&self, account: Option<&Text>) -> Result<bool, Failure> {
        let account = account.filter(|_| self.settings.person_accounts);
        let Some(id) = account.and_then(|id| RecordId::of("Account", id.as_str())) else {
            return Ok(false);
        };
        let account = self.org.get("Account", &id, &["IsPersonAccount"]).await?;
        Ok(account.get("IsPersonAccount") == Some(&true.into()))
    }

    /// What a Lead became; none while it is one.
    async fn converted(&self, lead: &RecordId) -> Result<Option<Converted>, Failure> {
        let fields = ["ConvertedAccountId", "ConvertedContactId", "ConvertedOpportunityId"];
        let record = self.org.get("Lead", lead, &fields).await?;
        let id = |field: &str| RecordId::parse(record.get(field)?.as_str()?);
        Ok(id(fields[0]).zip(id(fields[1])).map(|(account, contact)| Converted {
            account,
            contact,
            opportunity: id(fields[2]),
        }))
    }

    /// Goes from a converted Lead to the Contact it became. The Lead's values mean nothing there:
    /// the call is planned again for the Contact.
    pub(super) async fn follow(&self, lead: &RecordId, failure: Failure) -> Result<Done, Failure> {
        let fields = ["ConvertedContactId", "ConvertedAccountId", "Name"];
        let record = self.org.get("Lead", lead, &fields).await?;
        let text = |field: &str| Text::non_empty(record.get(field)?.as_str()?);
        let Some(contact) = text("ConvertedContactId") else { return Err(failure) };
        // An owner that was chosen is not given to a customer's record behind people's backs.
        if self.write.purpose == Purpose::Route {
            return Err(failure);
        }
        Ok(Done::Superseded(vec![Fact::Matched(Match {
            kind: MatchKind::Contact,
            id: Some(contact),
            name: text("Name"),
            account_id: text("ConvertedAccountId"),
            person: self.is_person(text("ConvertedAccountId").as_ref()).await?,
            ..Match::nobody()
        })]))
    }
}

/// What a conversion teaches: the caller is a Contact now.
fn converted_to(lead: &RecordId, converted: &Converted, person: bool) -> Done {
    let text = |id: &RecordId| Text::new(id.as_str());
    let link = |sobject: &str, id: &RecordId| {
        Fact::Linked(Linked { sobject: Text::new(sobject), id: text(id) })
    };
    let mut facts = vec![
        Fact::Matched(Match {
            kind: MatchKind::Contact,
            id: Some(text(&converted.contact)),
            name: None,
            account_id: Some(text(&converted.account)),
            person,
            ..Match::nobody()
        }),
        link("Account", &converted.account),
        link("Contact", &converted.contact),
    ];
    facts.extend(converted.opportunity.as_ref().map(|id| link("Opportunity", id)));
    Done::Delivered { record: Some(lead.clone()), facts }
}
