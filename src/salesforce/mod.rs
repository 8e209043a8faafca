//! How to talk to an org: authentication, REST, limits, errors. Knows nothing of Callboard.
