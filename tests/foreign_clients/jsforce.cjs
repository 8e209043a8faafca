// jsforce 3, unchanged, against the stand-in org: node jsforce.cjs ORG_JSON
const assert = require('node:assert');
const jsforce = require('jsforce');

const org = JSON.parse(process.argv[2]);

async function main() {
  const conn = new jsforce.Connection({ loginUrl: org.base_url, instanceUrl: org.base_url, version: '66.0' });
  await conn.authorize({ grant_type: 'client_credentials', client_id: org.client_id, client_secret: org.client_secret });
  assert.ok(conn.accessToken && conn.userInfo.organizationId.startsWith('00D'));

  const made = await conn.sobject('Lead').create({ LastName: 'Force', Company: 'JS', Phone: '6145550101' });
  assert.ok(made.success && made.id.startsWith('00Q'));
  await conn.sobject('Lead').update({ Id: made.id, Rating: 'Hot', Urgency_Level__c: 5 });
  const read = await conn.sobject('Lead').retrieve(made.id);
  assert.strictEqual(read.Rating, 'Hot');
  assert.strictEqual(read.Urgency_Level__c, 5);

  const upserted = await conn.sobject('Lead').upsert(
    { LastName: 'Force', Company: 'JS', Callboard_Id__c: 'jsforce-1' }, 'Callboard_Id__c');
  assert.ok(upserted.success && upserted.created);
  const many = await conn.sobject('Lead').create([{ LastName: 'A', Company: 'B' }, { Company: 'B' }], { allOrNone: false });
  assert.deepStrictEqual(many.map((one) => one.success), [true, false]);
  assert.strictEqual(many[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');

  const found = await conn.query("SELECT Id, Name, Account.Name FROM Contact WHERE LastName = 'Whitfield'");
  assert.strictEqual(found.records[0].Account.Name, 'Whitfield Household');
  const leads = await conn.sobject('Lead').find({ IsConverted: false, LastName: { $like: 'For%' } }, 'Id, Name').execute();
  assert.strictEqual(leads.length, 2);
  const search = await conn.search('FIND {6145550142} IN PHONE FIELDS RETURNING Contact(Id, Name)');
  assert.strictEqual(search.searchRecords[0].Name, 'Maria Alvarez');
  const described = await conn.sobject('Lead').describe();
  assert.ok(described.fields.some((field) => field.name === 'Callboard_Id__c' && field.externalId));
  assert.ok((await conn.describeGlobal()).sobjects.some((one) => one.name === 'Opportunity'));
  assert.ok((await conn.limits()).DailyApiRequests.Remaining > 0);
  assert.ok(conn.limitInfo.apiUsage.used > 0);

  await assert.rejects(conn.sobject('Lead').create({ LastName: 'X', Company: 'Y', Nope__c: 1 }), { errorCode: 'INVALID_FIELD' });
  await assert.rejects(conn.query('SELECT Nope FROM Lead'), { errorCode: 'INVALID_FIELD' });

  const user = await conn.soap.getUserInfo();
  assert.strictEqual(user.userName, org.username);
  const converted = await conn.soap.convertLead({
    // In the WSDL's order: jsforce sends what it is given as it is given.
    convertedStatus: 'Closed - Converted', doNotCreateOpportunity: false, leadId: made.id,
    opportunityName: 'Deal', overwriteLeadSource: false, sendNotificationEmail: false,
  });
  const result = Array.isArray(converted) ? converted[0] : converted;
  assert.ok(result.success && result.contactId.startsWith('003') && result.opportunityId.startsWith('006'));
  await assert.rejects(conn.sobject('Lead').update({ Id: made.id, Rating: 'Cold' }), { errorCode: 'CANNOT_UPDATE_CONVERTED_LEAD' });
  await conn.sobject('Lead').destroy(upserted.id);

  const refreshing = new jsforce.Connection({
    oauth2: { loginUrl: org.base_url, clientId: org.client_id, clientSecret: org.client_secret, redirectUri: 'http://localhost/' },
    instanceUrl: org.base_url, accessToken: 'expired', refreshToken: org.refresh_token, version: '66.0',
  });
  assert.ok((await refreshing.query('SELECT COUNT() FROM Lead')).totalSize > 0);
  console.log('jsforce', require('jsforce/package.json').version, 'ok');
}

main().catch((error) => { console.error(error); process.exit(1); });
