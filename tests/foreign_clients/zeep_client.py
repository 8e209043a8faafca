"""zeep with the partner WSDL, unchanged, against the stand-in org: python zeep_client.py ORG_JSON WSDL"""
import importlib.metadata
import json
import sys
import urllib.parse
import urllib.request

import zeep
from zeep.exceptions import Fault

org, wsdl = json.loads(sys.argv[1]), sys.argv[2]


def token():
    form = {"grant_type": "client_credentials", "client_id": org["client_id"], "client_secret": org["client_secret"]}
    url = org["base_url"] + "/services/oauth2/token"
    with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
        return json.load(answer)["access_token"]


def new_lead(session, name):
    request = urllib.request.Request(
        org["base_url"] + "/services/data/v66.0/sobjects/Lead",
        json.dumps({"LastName": name, "Company": "Zeep"}).encode(),
        {"Authorization": "Bearer " + session, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


session = token()
client = zeep.Client(wsdl)
service = client.create_service("{urn:partner.soap.sforce.com}SoapBinding", org["base_url"] + "/services/Soap/u/66.0")
header = {"SessionHeader": {"sessionId": session}}

user = service.getUserInfo(_soapheaders=header)
assert user["body"]["result"]["userName"] == org["username"] if "body" in user else user["userName"] == org["username"]

convert = {"convertedStatus": "Closed - Converted", "doNotCreateOpportunity": False, "leadId": new_lead(session, "Zeep"),
           "opportunityName": "By SOAP", "overwriteLeadSource": False, "sendNotificationEmail": False}
answer = service.convertLead(leadConverts=[convert], _soapheaders=header)
result = (answer["body"]["result"] if "body" in answer else answer)[0]
assert result["success"] and result["contactId"].startswith("003"), result
again = service.convertLead(leadConverts=[convert], _soapheaders=header)
result = (again["body"]["result"] if "body" in again else again)[0]
assert not result["success"] and result["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD", result
try:
    service.convertLead(leadConverts=[convert], _soapheaders={"SessionHeader": {"sessionId": "no"}})
    raise AssertionError("a bad session is a fault")
except Fault as fault:
    assert fault.code.endswith("INVALID_SESSION_ID"), fault.code
print("zeep", importlib.metadata.version("zeep"), "ok")
