//! Transcript in, assessment with evidence out. Pure; rules are data.
