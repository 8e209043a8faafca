//! A stand-in Salesforce org and simulated callers. Shares no code with `salesforce`.
