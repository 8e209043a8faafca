//! Salesforce's error table, row by row: the answer, its class, and what becomes of an update of a
//! Lead that is answered so.

use callboard::{
    salesforce::{
        Class::{self, OrgWide, Permanent, Transient},
        Trouble::{Config, Limit, Maintenance, Reauthorise, Unreachable},
    },
    wire::WriteState::{self, Failed, Held, Retrying},
};

/// Nothing is to be done but wait.
pub const NO_ADVICE: &str = "";

/// An answer, and what it comes to.
pub struct Row {
    /// What the table calls it.
    pub row: &'static str,
    pub status: u16,
    /// Empty for an answer without a body.
    pub code: &'static str,
    pub message: &'static str,
    pub class: Class,
    /// Where the write stands on the board after its first attempt.
    pub state: WriteState,
    /// A part of what the operator reads.
    pub advice: &'static str,
}

const fn row(
    row: &'static str,
    status: u16,
    code: &'static str,
    message: &'static str,
    class: Class,
    state: WriteState,
    advice: &'static str,
) -> Row {
    Row { row, status, code, message, class, state, advice }
}

#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row("401 INVALID_SESSION_ID, not for the REST API", 401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", OrgWide(Config), Held, "Setup"),
    row("401 UNAUTHORIZED", 401, "UNAUTHORIZED", "Connected app is not attached to Agent", OrgWide(Config), Held, "Setup"),
    row("401 INVALID_SESSION_ID", 401, "INVALID_SESSION_ID", "Session expired or invalid", OrgWide(Reauthorise), Held, "new login"),
    row("403 REQUEST_LIMIT_EXCEEDED, of the day", 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", OrgWide(Limit), Held, "allowance is used up"),
    row("403 REQUEST_LIMIT_EXCEEDED, of the moment", 403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.", Transient, Retrying, NO_ADVICE),
    row("403 API_DISABLED_FOR_ORG", 403, "API_DISABLED_FOR_ORG", "API is not enabled", OrgWide(Config), Held, "API Enabled"),
    row("403 API_CURRENTLY_DISABLED", 403, "API_CURRENTLY_DISABLED", "API is disabled", OrgWide(Config), Held, "API Enabled"),
    row("403 FUNCTIONALITY_NOT_ENABLED", 403, "FUNCTIONALITY_NOT_ENABLED", "no", OrgWide(Config), Held, "Setup"),
    row("403 FORBIDDEN", 403, "FORBIDDEN", "no", OrgWide(Config), Held, "Setup"),
    row("403 TXN_SECURITY_NO_ACCESS", 403, "TXN_SECURITY_NO_ACCESS", "no", OrgWide(Config), Held, "Setup"),
    row("403 INSUFFICIENT_ACCESS_OR_READONLY", 403, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Permanent, Failed, "permission set"),
    row("400 INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", 400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "no", Permanent, Failed, "permission set"),
    row("400 INSUFFICIENT_ACCESS", 400, "INSUFFICIENT_ACCESS", "no", Permanent, Failed, "permission set"),
    row("400 CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: execution of BeforeUpdate", Permanent, Failed, "automation"),
    row("400 CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY for a lock", 400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "LeadTrigger: UNABLE_TO_LOCK_ROW", Transient, Retrying, NO_ADVICE),
    row("400 QUERY_TIMEOUT", 400, "QUERY_TIMEOUT", "Your query request was running for too long.", Transient, Retrying, NO_ADVICE),
    row("400 REQUIRED_FIELD_MISSING", 400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]", Permanent, Failed, "requires"),
    row("400 INVALID_FIELD", 400, "INVALID_FIELD", "No such column 'X__c' on sobject of type Lead", Permanent, Failed, "field-level security"),
    row("400 INVALID_FIELD_FOR_INSERT_UPDATE", 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: Name", Permanent, Failed, "field-level security"),
    row("400 FIELD_CUSTOM_VALIDATION_EXCEPTION", 400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Phone is required for Hot leads", Permanent, Failed, "validation rule"),
    row("400 FIELD_INTEGRITY_EXCEPTION", 400, "FIELD_INTEGRITY_EXCEPTION", "Phone: bad value", Permanent, Failed, "refuses the value"),
    row("400 STRING_TOO_LONG", 400, "STRING_TOO_LONG", "Last Name: data value too large", Permanent, Failed, "longer than"),
    row("400 INVALID_EMAIL_ADDRESS", 400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: x", Permanent, Failed, "e-mail"),
    row("400 NUMBER_OUTSIDE_VALID_RANGE", 400, "NUMBER_OUTSIDE_VALID_RANGE", "Urgency: value outside of valid range", Permanent, Failed, "digits"),
    row("400 INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: Roofs", Permanent, Failed, "picklist"),
    row("400 INVALID_TYPE_ON_FIELD_IN_RECORD", 400, "INVALID_TYPE_ON_FIELD_IN_RECORD", "Urgency: value not of required type: x", Permanent, Failed, "another type"),
    row("400 JSON_PARSER_ERROR", 400, "JSON_PARSER_ERROR", "Cannot deserialize instance of double", Permanent, Failed, "another type"),
    row("400 MALFORMED_QUERY", 400, "MALFORMED_QUERY", "unexpected token: x", Permanent, Failed, "query"),
    row("400 MALFORMED_SEARCH", 400, "MALFORMED_SEARCH", "no viable alternative", Permanent, Failed, "query"),
    row("400 INVALID_QUERY_FILTER_OPERATOR", 400, "INVALID_QUERY_FILTER_OPERATOR", "no", Permanent, Failed, "query"),
    row("400 MALFORMED_ID", 400, "MALFORMED_ID", "Lead ID: id value of incorrect type", Permanent, Failed, "names no record"),
    row("400 INACTIVE_OWNER_OR_USER", 400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user", Permanent, Failed, "not active"),
    row("400 INVALID_CROSS_REFERENCE_KEY", 400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", Permanent, Failed, "names no record"),
    row("400 CANNOT_EXECUTE_FLOW_TRIGGER", 400, "CANNOT_EXECUTE_FLOW_TRIGGER", "We can't save this record", Permanent, Failed, "automation"),
    row("400 DUPLICATES_DETECTED", 400, "DUPLICATES_DETECTED", "Use one of these records?", Permanent, Failed, "duplicate rule"),
    row("400 DUPLICATE_VALUE", 400, "DUPLICATE_VALUE", "duplicate value found: X__c duplicates value on record with id: 00Q000000000002", Permanent, Failed, "00Q000000000002 has this value"),
    row("400 CANNOT_UPDATE_CONVERTED_LEAD", 400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", Permanent, Failed, "Contact it became"),
    row("400 STORAGE_LIMIT_EXCEEDED", 400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded", OrgWide(Limit), Held, "storage is full"),
    row("400 LIMIT_EXCEEDED", 400, "LIMIT_EXCEEDED", "limit exceeded", OrgWide(Limit), Held, "allowance"),
    row("400 INSUFFICIENT_ACCESS_OR_READONLY", 400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", Permanent, Failed, "permission set"),
    row("400 UNABLE_TO_LOCK_ROW", 400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records: 00Q000000000001", Transient, Retrying, NO_ADVICE),
    row("404 NOT_FOUND", 404, "NOT_FOUND", "The requested resource does not exist", Permanent, Retrying, "API version"),
    row("404 ENTITY_IS_DELETED", 404, "ENTITY_IS_DELETED", "entity is deleted", Permanent, Failed, "deleted"),
    row("404 NOT_FOUND, external id field", 404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: X__c", Permanent, Retrying, "external id field"),
    row("300", 300, "", "", Permanent, Failed, "Several records"),
    row("405 METHOD_NOT_ALLOWED", 405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed.", Permanent, Failed, "retry"),
    row("409 CONFLICT", 409, "CONFLICT", "edited meanwhile", Permanent, Failed, "retry"),
    row("410 UNSUPPORTED_API_VERSION", 410, "UNSUPPORTED_API_VERSION", "The requested API version is retired", OrgWide(Config), Held, "Setup"),
    row("412 PRECONDITION_FAILED", 412, "PRECONDITION_FAILED", "changed", Permanent, Failed, "retry"),
    row("414", 414, "", "", Permanent, Failed, "retry"),
    row("415 UNSUPPORTED_MEDIA_TYPE", 415, "UNSUPPORTED_MEDIA_TYPE", "no", Permanent, Failed, "retry"),
    row("420", 420, "", "", OrgWide(Unreachable), Retrying, "login_url"),
    row("428 PRECONDITION_REQUIRED", 428, "PRECONDITION_REQUIRED", "no", Permanent, Failed, "retry"),
    row("429 TOO_MANY", 429, "TOO_MANY", "slow down", Transient, Retrying, NO_ADVICE),
    row("431", 431, "", "", Permanent, Failed, "retry"),
    row("500 UNABLE_TO_LOCK_ROW", 500, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Transient, Retrying, NO_ADVICE),
    row("500 UNKNOWN_EXCEPTION", 500, "UNKNOWN_EXCEPTION", "An unexpected error occurred.", Transient, Retrying, NO_ADVICE),
    row("500 APEX_ERROR", 500, "APEX_ERROR", "System.NullPointerException", Transient, Retrying, NO_ADVICE),
    row("502", 502, "", "", Transient, Retrying, NO_ADVICE),
    row("503", 503, "", "", OrgWide(Maintenance), Held, "status.salesforce.com"),
    row("503 SERVER_UNAVAILABLE", 503, "SERVER_UNAVAILABLE", "We are down", OrgWide(Maintenance), Held, "status.salesforce.com"),
    row("503 ORG_IN_MAINTENANCE", 503, "ORG_IN_MAINTENANCE", "We are down", OrgWide(Maintenance), Held, "status.salesforce.com"),
    row("503 INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", 503, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "read only", OrgWide(Maintenance), Held, "status.salesforce.com"),
    row("504", 504, "", "", Transient, Retrying, NO_ADVICE),
];
