"""simple-salesforce, unchanged, against the stand-in org: python simple_salesforce_client.py ORG_JSON"""
import importlib.metadata
import json
import sys
import urllib.parse
import urllib.request

import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest, SalesforceMoreThanOneRecord, SalesforceResourceNotFound,
)

org = json.loads(sys.argv[1])


def token():
    form = {"grant_type": "client_credentials", "client_id": org["client_id"], "client_secret": org["client_secret"]}
    url = org["base_url"] + "/services/oauth2/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


class Plain(requests.adapters.HTTPAdapter):
    """The client knows https alone; the stand-in org has no certificate."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


session = requests.Session()
session.trust_env = False
session.mount("https://", Plain())
sf = Salesforce(instance_url=org["base_url"], session_id=token(), version="66.0", session=session)
made = sf.Lead.create({"LastName": "Simple", "Company": "SS", "Email": "s@example.com"})
assert made["success"] and made["id"].startswith("00Q")
assert sf.Lead.update(made["id"], {"Rating": "Warm"}) == 204
assert sf.Lead.get(made["id"])["Rating"] == "Warm"
assert sf.Lead.upsert("Callboard_Id__c/" + urllib.parse.quote("ss/1", safe=""), {"LastName": "U", "Company": "U"}) == 201
assert sf.Lead.get_by_custom_id("Callboard_Id__c", "ss/1")["LastName"] == "U"
assert sf.query("SELECT COUNT() FROM Contact")["totalSize"] >= 10
names = [row["Name"] for row in sf.query_all_iter("SELECT Name FROM Account ORDER BY Name")]
assert names == sorted(names, key=str.lower) and names
assert sf.search("FIND {6145550118} IN PHONE FIELDS RETURNING Contact(Id)")["searchRecords"]
assert any(field["name"] == "Company" for field in sf.Lead.describe()["fields"])
assert sf.limits()["DailyApiRequests"]["Max"] > 0
assert sf.api_usage["api-usage"].used > 0

for expected, attempt in [
    (SalesforceMalformedRequest, lambda: sf.Lead.create({"Company": "no name"})),
    (SalesforceMalformedRequest, lambda: sf.query("SELECT Nope FROM Lead")),
    (SalesforceResourceNotFound, lambda: sf.Lead.get("00Q000000000000AAA")),
]:
    try:
        attempt()
    except expected:
        continue
    raise AssertionError(expected)
sf.Lead.create({"LastName": "Twin", "Company": "SS", "Email": "s@example.com"})
try:
    sf.Lead.upsert("Email/s@example.com", {"Rating": "Hot"})
    raise AssertionError("two records share the e-mail")
except SalesforceMoreThanOneRecord:
    pass
assert sf.Lead.delete(made["id"]) == 204
print("simple-salesforce", importlib.metadata.version("simple-salesforce"), "ok")
