//! What a call should be judged, as people label it: the format of examples.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Assessment, Bant, Call, Rating, Urgency};

/// What a person says the judgement should be.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub struct Labels {
    /// 1 to 5.
    pub urgency: u8,
    /// Hot, Warm or Cold.
    pub rating: Rating,
    /// Whether the caller asks to be rung back.
    pub callback: bool,
    /// The trade.
    pub service: Option<String>,
    /// US dollars.
    #[serde(deserialize_with = "exact_amount", serialize_with = "as_number")]
    pub budget_usd: Option<Decimal>,
    /// The four signals.
    pub bant: Bant,
}

/// An amount as JSON's own number, through its digits and never through a float.
fn exact_amount<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(from)?;
    number.map(|n| n.to_string().parse().map_err(serde::de::Error::custom)).transpose()
}

/// Exact amounts as JSON numbers: whole dollars as integers.
///
/// # Errors
/// Those of the serializer.
pub fn as_number<S: Serializer>(amount: &Option<Decimal>, out: S) -> Result<S::Ok, S::Error> {
    let number = amount.map(|amount| amount.normalize().to_string().parse::<serde_json::Number>());
    match number {
        Some(Ok(number)) => number.serialize(out),
        _ => out.serialize_none(),
    }
}

impl Labels {
    /// What an assessment says, in the labels' terms.
    pub fn of(assessment: &Assessment) -> Self {
        Self {
            urgency: assessment.urgency.level(),
            rating: assessment.rating,
            callback: assessment.callback.is_some(),
            service: assessment.service.as_ref().map(|service| service.0.to_string()),
            budget_usd: assessment.budget.map(|money| money.amount().normalize()),
            bant: assessment.bant,
        }
    }

    /// What operators made of a call: triage's judgement with their corrections in it, and what
    /// follows from them.
    pub fn corrected(call: &Call) -> Self {
        let mut labels = Self::of(&call.assessment);
        labels.callback &= !call.is_no_callback();
        labels.service = call.service().map(|service| service.0.to_string());
        let urgency = call.urgency();
        if urgency.level() != labels.urgency {
            // Who needs nobody is no emergency, and who needs somebody is more than none.
            labels.bant.need = labels.bant.need && urgency.level() > 1 || urgency.level() > 2;
            labels.bant.timeline |= urgency == Urgency::EMERGENCY;
        }
        labels.urgency = urgency.level();
        labels.rating = Rating::of(urgency, labels.bant.need);
        labels
    }
}
