//! What is done to calls with a key and no further word.

use crate::wire::Order;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Somebody rang back.
    CalledBack,
    /// Nobody needs to ring back.
    Dismiss,
    /// The operator has it.
    Acknowledge,
    /// The operator works on it.
    Claim,
    /// The same, although somebody else does.
    TakeOver,
    /// The operator works on it no longer.
    Release,
    /// The caller did not ask to be rung back.
    NotCallback,
    /// The voice agent rings the caller.
    Dial,
    /// The same, although it is outside the hours or may have rung already.
    DialAnyway,
    /// The number is never to be rung.
    DoNotCall,
    /// It may be rung.
    AllowCalls,
}

impl Deed {
    /// What the hub is asked.
    pub fn order(self) -> Order {
        match self {
            Self::CalledBack => Order::Callback { kept: true },
            Self::Dismiss => Order::Callback { kept: false },
            Self::Acknowledge => Order::Acknowledge,
            Self::Claim => Order::Claim { take_over: false },
            Self::TakeOver => Order::Claim { take_over: true },
            Self::Release => Order::Release,
            Self::NotCallback => Order::NotCallback,
            Self::Dial => Order::CallBack { anyway: false },
            Self::DialAnyway => Order::CallBack { anyway: true },
            Self::DoNotCall => Order::DoNotCall,
            Self::AllowCalls => Order::AllowCalls,
        }
    }

    /// What is done, before whose it is.
    pub fn words(self) -> &'static str {
        match self {
            Self::CalledBack => "called back",
            Self::Dismiss => "no callback needed:",
            Self::Acknowledge => "acknowledge",
            Self::Claim => "claim",
            Self::TakeOver => "take over",
            Self::Release => "let go of",
            Self::NotCallback => "no callback was asked for:",
            Self::Dial => "have the agent ring",
            Self::DialAnyway => "have the agent ring at any hour",
            Self::DoNotCall => "never ring",
            Self::AllowCalls => "may be rung again:",
        }
    }

    /// As a question.
    pub fn question(self) -> &'static str {
        match self {
            Self::CalledBack => "Were they called back?",
            Self::Dismiss => "Do they need no callback?",
            Self::Acknowledge => "Acknowledge?",
            Self::Claim => "Claim?",
            Self::TakeOver => "Take it over?",
            Self::Release => "Let go?",
            Self::NotCallback => "Did they not ask to be rung?",
            Self::Dial | Self::DialAnyway => "Have the voice agent ring them now?",
            Self::DoNotCall => "Never ring this number?",
            Self::AllowCalls => "May they be rung again?",
        }
    }

    /// What follows from it.
    pub fn means(self) -> &'static str {
        match self {
            Self::CalledBack => "The promise is kept.",
            Self::Dismiss => "The promise ends without a callback.",
            Self::Acknowledge => "You have it; nobody else is told.",
            Self::Claim => "The others see that you work on it.",
            Self::TakeOver => "The others see that you work on it now.",
            Self::Release => "Anybody may take it.",
            Self::NotCallback => "Triage was wrong; it is put right here and counted there.",
            Self::Dial | Self::DialAnyway => "It rings at once; that can't be taken back.",
            Self::DoNotCall => "No callback on this call or any other of the number.",
            Self::AllowCalls => "What was promised is owed again.",
        }
    }

    /// Whether it is asked first even for one call.
    pub fn asks_first(self) -> bool {
        matches!(self, Self::TakeOver | Self::Dial | Self::DoNotCall)
    }

    /// The same, whatever the hub holds against it that an operator may overrule; none where there
    /// is no such thing.
    pub fn anyway(self) -> Option<Self> {
        (self == Self::Dial).then_some(Self::DialAnyway)
    }
}
