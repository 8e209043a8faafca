//! The record that stands for a call.

use super::{
    settings::{FieldNames, NewCaller, Settings},
    write::Change,
};
use crate::call::Text;

/// The record that stands for the call.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// A record of ours, by external id.
    Own(NewCaller),
    /// A Lead that was there.
    Lead(Text),
    /// A Contact.
    Contact(Text),
    /// A Person Account, by the Account's id.
    Person(Text),
}

impl Target {
    pub(super) fn sobject(&self) -> &'static str {
        match self {
            Self::Own(kind) => kind.sobject(),
            Self::Lead(_) => "Lead",
            Self::Contact(_) => "Contact",
            Self::Person(_) => "Account",
        }
    }

    /// Its id, where it does not come from a write of ours.
    pub(super) fn id(&self) -> Option<Text> {
        match self {
            Self::Own(_) => None,
            Self::Lead(id) | Self::Contact(id) | Self::Person(id) => Some(id.clone()),
        }
    }

    /// Whether it can be converted.
    pub(super) fn is_lead(&self) -> bool {
        self.sobject() == "Lead"
    }

    /// The field of a Task that says whom it is about.
    pub(super) fn about(&self) -> &'static str {
        if self.sobject() == "Account" { "WhatId" } else { "WhoId" }
    }

    /// Where our values go on it.
    pub(super) fn names<'a>(&self, settings: &'a Settings) -> &'a FieldNames {
        match self.sobject() {
            "Lead" => &settings.lead,
            "Contact" => &settings.contact,
            _ => &settings.person,
        }
    }

    pub(super) fn new_title(&self) -> &'static str {
        match self {
            Self::Own(NewCaller::Contact) => "New Contact",
            Self::Own(NewCaller::PersonAccount) => "New Person Account",
            _ => "New Lead",
        }
    }

    pub(super) fn update_title(&self) -> &'static str {
        match self.sobject() {
            "Lead" => "Update Lead",
            "Contact" => "Note on Contact",
            _ => "Note on Person Account",
        }
    }

    /// Whether this is a change of it.
    pub(super) fn is_of(&self, change: &Change) -> bool {
        match (self, change) {
            (
                Self::Own(_),
                Change::Upsert { sobject, .. } | Change::Update { sobject, id: None, .. },
            ) => sobject == self.sobject(),
            (
                Self::Lead(own) | Self::Contact(own) | Self::Person(own),
                Change::Update { sobject, id, .. },
            ) => sobject == self.sobject() && id.as_ref() == Some(own),
            _ => false,
        }
    }
}
