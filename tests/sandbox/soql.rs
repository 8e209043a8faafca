//! Queries.

use callboard::sandbox::org::Options;
use serde_json::json;

use super::start;

#[tokio::test]
async fn relationships_likes_lists_and_counts() {
    let (_running, client) = start(Options::default()).await;
    let found = client
        .query("SELECT Name, Account.Name, Owner.Name FROM Contact WHERE Account.Name LIKE 'whit%'")
        .await;
    assert_eq!((found.status, &found.body["totalSize"]), (200, &json!(1)));
    let jane = &found.body["records"][0];
    assert_eq!(jane["Name"], "Jane Whitfield");
    assert_eq!(jane["Account"]["Name"], "Whitfield Household");
    assert_eq!(jane["Account"]["attributes"]["type"], "Account");

    for (soql, count) in [
        ("SELECT COUNT() FROM Lead WHERE IsConverted = true", 1),
        ("SELECT COUNT() FROM Lead WHERE Status IN ('New', 'Working - Contacted')", 2),
        ("SELECT COUNT() FROM Lead WHERE Email = null", 2),
        ("SELECT COUNT() FROM Lead WHERE CreatedDate = LAST_N_DAYS:3", 2),
        ("SELECT COUNT() FROM Contact WHERE Phone != '614-555-0118'", 9),
        ("SELECT COUNT() FROM Opportunity WHERE Amount > 3000 AND (NOT IsClosed = true)", 2),
        (
            "SELECT COUNT() FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Industry = 'Hospitality')",
            2,
        ),
        ("SELECT COUNT() FROM Group WHERE Type = 'Queue'", 4),
        ("SELECT COUNT() FROM LeadStatus WHERE IsConverted=true", 1),
    ] {
        let reply = client.query(soql).await;
        assert_eq!(reply.body["totalSize"], count, "{soql}: {}", reply.body);
    }
}

#[tokio::test]
async fn children_and_groups() {
    let (_running, client) = start(Options::default()).await;
    let reply = client
        .query("SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account WHERE Name = 'Scioto Brew Pub'")
        .await;
    let contacts = &reply.body["records"][0]["Contacts"];
    assert_eq!(contacts["totalSize"], 2);
    assert_eq!(contacts["records"][0]["LastName"], "Doyle");
    let groups = client
        .query("SELECT SobjectType, COUNT(Id) n FROM QueueSobject GROUP BY SobjectType")
        .await;
    assert_eq!(groups.body["records"][0]["SobjectType"], "Lead");
    assert_eq!(groups.body["records"][0]["n"], 3);
}

#[tokio::test]
async fn refusals_point_at_the_place() {
    let (_running, client) = start(Options::default()).await;
    for (soql, code, text) in [
        (
            "SELECT Id,Foo FROM Lead",
            "INVALID_FIELD",
            "\nSELECT Id,Foo FROM Lead\n          ^\nERROR at Row:1:Column:11\nNo such column 'Foo' on entity 'Lead'.",
        ),
        ("SELECT Id FROM Leed", "INVALID_TYPE", "sObject type 'Leed' is not supported."),
        (
            "SELECT Id FROM Lead WHERE Id = 'x'",
            "INVALID_QUERY_FILTER_OPERATOR",
            "invalid ID field: x",
        ),
        (
            "SELECT Id FROM Lead WHERE IsConverted = 'true'",
            "INVALID_FIELD",
            "value of filter criterion for field 'IsConverted' must be of type boolean and should not be enclosed in quotes",
        ),
        (
            "SELECT Id FROM Lead WHERE Description = 'x'",
            "INVALID_FIELD",
            "\nSELECT Id FROM Lead WHERE Description = 'x'\n                          ^\nERROR at Row:1:Column:27\nfield 'Description' can not be filtered in a query call",
        ),
        ("SELECT Id FROM Lead WHERE Name = 'O'Brien'", "MALFORMED_QUERY", "\n"),
    ] {
        let reply = client.query(soql).await;
        let error = &reply.body[0];
        assert_eq!((reply.status, &error["errorCode"]), (400, &json!(code)), "{soql}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(text), "{soql}: {message}");
    }
}

#[tokio::test]
async fn long_results_come_in_pages() {
    let (_running, client) = start(Options::default()).await;
    for number in 0..203 {
        client.create("Task", json!({ "Subject": format!("Call {number:03}") })).await;
    }
    let client = client.with("Sforce-Query-Options", "batchSize=200");
    let first = client.query("SELECT Subject FROM Task ORDER BY Subject").await.body;
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(203), &json!(false)));
    let second = client.get(first["nextRecordsUrl"].as_str().unwrap()).await.body;
    assert_eq!((&second["totalSize"], &second["done"]), (&json!(203), &json!(true)));
    assert_eq!(second["records"].as_array().unwrap().len(), 3);
    assert_eq!(second["records"][2]["Subject"], "Call 202");
}
