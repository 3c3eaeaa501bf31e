// Drives the demo in Chromium as its users do. Called by the Go test of package
// demo, which starts the server: node demo.mjs URL, with the passwords in the
// environment. Prints a line per step and exits with 1 when one failed.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base] = process.argv.slice(2);
const password = { admin: process.env.APPOS_ADMIN_PASSWORD, demo: process.env.APPOS_DEMO_PASSWORD };
const shots = process.env.APPOS_TEST_SHOTS; // a folder for screenshots, for people
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
if (shots) mkdirSync(shots, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

let failed = 0;
const step = async (name, f) => {
  try {
    await f();
    console.log(`ok   ${name}`);
  } catch (e) {
    failed++;
    console.log(`FAIL ${name}: ${e.message.split('\n').slice(0, 6).join(' | ')}`);
  }
};
const assert = (ok, message) => { if (!ok) throw new Error(message); };

// open is a browser window of its own; what the page complains about fails the run.
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.complaints = [];
  page.on('console', m => { if (m.type() === 'error' && !/status of (4\d\d)/.test(m.text())) page.complaints.push(m.text()); });
  page.on('pageerror', e => page.complaints.push(String(e)));
  return page;
};
const signIn = async (page, user) => {
  await page.goto(`${base}/sign-in`);
  await page.getByLabel('User name').fill(user);
  await page.getByLabel('Password').fill(user === 'admin' ? password.admin : password.demo);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(u => !u.pathname.startsWith('/sign-in'));
};
const shot = async (page, name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: false }); };
const accessible = async (page, name) => {
  // axe is injected as a test tool; the page's own policy stays in force for the page
  const found = await page.evaluate(async source => {
    new Function(source)();
    const r = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return r.violations.map(v => `${v.id}: ${v.nodes.slice(0, 3).map(n => n.target.join(' ')).join(', ')}`);
  }, axe);
  assert(found.length === 0, `${name}: ${found.join('; ')}`);
};

const ana = await open();
const code = `T-${Date.now() % 1e7}`;

await step('a wrong password is refused in place', async () => {
  await ana.goto(`${base}/crm/customers`);
  assert(new URL(ana.url()).pathname === '/sign-in', 'not sent to the sign-in page');
  await ana.getByLabel('User name').fill('ana');
  await ana.getByLabel('Password').fill('not the password');
  await ana.getByRole('button', { name: 'Sign in' }).click();
  await ana.getByRole('alert').waitFor();
  assert(await ana.getByLabel('User name').inputValue() === 'ana', 'the name is lost');
  await accessible(ana, 'sign-in');
  await shot(ana, 'sign-in');
});

await step('ana signs in and arrives where she wanted to go', async () => {
  await ana.getByLabel('Password').fill(password.demo);
  await ana.getByRole('button', { name: 'Sign in' }).click();
  await ana.waitForURL('**/crm/customers');
});

await step('the dashboard has figures and a chart', async () => {
  await ana.goto(`${base}/crm/`);
  await ana.waitForURL('**/crm/dashboard');
  await ana.locator('[data-chart]').first().waitFor();
  assert(await ana.locator('.metric').count() === 4, 'not four figures');
  await accessible(ana, 'dashboard');
  await shot(ana, 'dashboard');
});

await step('ana searches customers as she types, and keeps the focus', async () => {
  await ana.goto(`${base}/crm/customers`);
  const before = await ana.locator('tbody tr').count();
  const box = ana.getByRole('searchbox', { name: /Search/ }).first();
  await box.pressSequentially('Zephyr', { delay: 20 });
  await ana.waitForURL(/q=Zephyr/);
  await ana.waitForFunction(() => [...document.querySelectorAll('tbody tr')].every(r => /zephyr/i.test(r.textContent)));
  const after = await ana.locator('tbody tr').count();
  assert(after > 0 && after <= before, `${before} rows before, ${after} after`);
  assert(await box.evaluate(e => e === document.activeElement), 'the search box lost the focus');
  await shot(ana, 'customers-search');
});

await step('sorting, filtering and paging', async () => {
  await ana.goto(`${base}/crm/customers`);
  await ana.getByRole('columnheader', { name: 'Name' }).getByRole('link').click();
  await ana.waitForURL(/sort=name/);
  const names = await ana.locator('tbody tr td.mainc').allInnerTexts();
  assert(names.length > 5, 'no rows');
  await ana.getByRole('link', { name: 'Next page' }).click();
  await ana.waitForURL(/after=/);
  await ana.goBack();
  await ana.waitForURL(u => !/after=/.test(u.search));
  await shot(ana, 'customers');
  await accessible(ana, 'customers');
});

await step('a customer with a mistake is refused in place, and nothing is lost', async () => {
  await ana.goto(`${base}/crm/customers/new`);
  await ana.getByLabel('Code', { exact: true }).fill(code);
  await ana.getByLabel('E-mail').fill('not an address');
  await ana.getByRole('button', { name: /^(Create|Save)/ }).click();
  const summary = ana.locator('[role=alert]').first();
  await summary.waitFor();
  const text = await summary.innerText();
  assert(/name/i.test(text) && /mail/i.test(text), `the summary says ${text}`);
  assert(await ana.getByLabel('Code', { exact: true }).inputValue() === code, 'the code is lost');
  await accessible(ana, 'form with errors');
  await shot(ana, 'form-errors');
});

let customer;
await step('then it is created', async () => {
  await ana.getByLabel('Name', { exact: true }).fill('Ångström & Sons <b>');
  await ana.getByLabel('E-mail').fill(`${code.toLowerCase()}@example.com`);
  await ana.getByRole('button', { name: /^(Create|Save)/ }).click();
  await ana.waitForURL(/\/crm\/customers\/\d+$/);
  customer = new URL(ana.url()).pathname;
  await ana.getByRole('heading', { level: 1, name: 'Ångström & Sons <b>' }).waitFor();
  await shot(ana, 'customer');
  await accessible(ana, 'customer');
});

await step('and edited', async () => {
  await ana.goto(`${base}${customer}/edit`);
  await ana.getByLabel('City').fill('Uppsala');
  await ana.getByRole('button', { name: /^Save/ }).click();
  await ana.waitForURL(`**${customer}`);
  await ana.getByText('Uppsala').first().waitFor();
});

await step('a change over a change of somebody else is refused', async () => {
  const other = await ana.context().newPage();
  await ana.goto(`${base}${customer}/edit`);
  await other.goto(`${base}${customer}/edit`);
  await other.getByLabel('City').fill('Lund');
  await other.getByRole('button', { name: /^Save/ }).click();
  await other.waitForURL(`**${customer}`);
  await ana.getByLabel('City').fill('Umeå');
  await ana.getByRole('button', { name: /^Save/ }).click();
  await ana.getByRole('alert').first().waitFor();
  await other.goto(`${base}${customer}`);
  await other.getByText('Lund').first().waitFor();
  await other.close();
});

await step('the history says who changed what, and brings a version back', async () => {
  await ana.goto(`${base}${customer}`);
  await ana.getByRole('link', { name: 'All changes' }).click();
  await ana.waitForURL(`**${customer}/history`);
  await ana.getByRole('heading', { level: 1, name: /^History of/ }).waitFor();
  assert(await ana.locator('.changes > li').count() === 3, 'there are not three changes');
  assert((await ana.locator('.changes > li').first().innerText()).includes('Lund'), 'the latest change is not the first');
  await accessible(ana, 'history');
  await shot(ana, 'history');
  await ana.getByLabel('Filter by Field').selectOption({ label: 'Name' });
  await ana.waitForURL(/field=name/);
  await ana.waitForFunction(() => document.querySelectorAll('.changes > li').length === 1);
  await ana.goto(`${base}${customer}/history`);
  await ana.getByRole('link', { name: 'Restore version 2' }).click();
  await ana.getByText('Uppsala').first().waitFor();
  await accessible(ana, 'restore');
  await shot(ana, 'restore');
  await ana.getByRole('button', { name: 'Restore' }).click();
  await ana.waitForURL(`**${customer}`);
  await ana.getByText('Uppsala').first().waitFor();
});

await step('ana may not delete it', async () => {
  await ana.goto(`${base}${customer}`);
  assert(await ana.getByRole('link', { name: 'Delete' }).count() === 0, 'there is a delete button');
  const answer = await ana.goto(`${base}${customer}/delete`);
  assert(answer.status() === 403, `the delete page answers ${answer.status()}`);
  await accessible(ana, '403');
  await shot(ana, 'denied');
});

const admin = await open();
await step('admin opens the console', async () => {
  await signIn(admin, 'admin');
  await admin.goto(`${base}/admin/`);
  await admin.getByRole('heading', { level: 1 }).waitFor();
  await shot(admin, 'console');
  await accessible(admin, 'console');
});

for (const [path, name] of [['users', 'Users'], ['groups', 'Groups'], ['sessions', 'Sessions'], ['objects', 'Objects'], ['permissions?ref=crm.records.customer', 'crm.records.customer']]) {
  await step(`the console shows ${name}`, async () => {
    const answer = await admin.goto(`${base}/admin/${path}`);
    assert(answer.status() === 200, `status ${answer.status()}`);
    await admin.getByRole('heading', { level: 1 }).waitFor();
    await accessible(admin, path);
    await shot(admin, `console-${path.split('?')[0]}`);
  });
}

await step('admin gives sales the right to delete customers', async () => {
  await admin.goto(`${base}/admin/permissions?ref=crm.records.customer`);
  const box = admin.getByRole('checkbox', { name: /sales.*delete|delete.*sales/i });
  assert(!await box.isChecked(), 'it is given already');
  await box.check();
  await admin.getByRole('button', { name: /^Save/ }).click();
  await admin.locator('.toast').first().waitFor();
  assert(await admin.getByRole('checkbox', { name: /sales.*delete|delete.*sales/i }).isChecked(), 'it was not kept');
  await shot(admin, 'console-permissions-saved');
});

await step('which counts for ana at once, without signing in again', async () => {
  await ana.goto(`${base}${customer}`);
  await ana.getByRole('link', { name: 'Delete' }).click();
  await ana.waitForURL(`**${customer}/delete`);
  await shot(ana, 'delete');
  await accessible(ana, 'delete');
  await ana.getByRole('button', { name: /^Delete/ }).click();
  await ana.waitForURL(/\/crm\/customers(\?.*)?$/);
  const answer = await ana.goto(`${base}${customer}`);
  assert(answer.status() === 404, `the customer is still there: ${answer.status()}`);
});

await step('sam sees, but cannot change', async () => {
  const sam = await open();
  await signIn(sam, 'sam');
  await sam.goto(`${base}/crm/customers`);
  assert(await sam.getByRole('link', { name: /^New/ }).count() === 0, 'there is a new button');
  const answer = await sam.goto(`${base}/crm/customers/new`);
  assert(answer.status() === 403, `new answers ${answer.status()}`);
  const console_ = await sam.goto(`${base}/admin/users`);
  assert(console_.status() === 403, `the console answers ${console_.status()}`);
  assert(sam.complaints.length === 0, sam.complaints.join('; '));
  await sam.context().close();
});

await step('it works without JavaScript', async () => {
  const plain = await open({ javaScriptEnabled: false });
  await signIn(plain, 'cora');
  await plain.goto(`${base}/crm/customers/new`);
  await plain.getByLabel('Code', { exact: true }).fill(`${code}-2`);
  await plain.getByRole('button', { name: /^(Create|Save)/ }).click();
  await plain.getByRole('alert').first().waitFor();
  await plain.getByLabel('Name', { exact: true }).fill('Plain Ltd');
  await plain.getByRole('button', { name: /^(Create|Save)/ }).click();
  await plain.waitForURL(/\/crm\/customers\/\d+$/);
  const gone = new URL(plain.url()).pathname;
  await plain.getByRole('link', { name: 'Delete' }).click();
  await plain.getByRole('button', { name: /^Delete/ }).click();
  await plain.waitForURL(/\/crm\/customers(\?.*)?$/);
  // and is brought back from its history
  await plain.goto(`${base}${gone}/history`);
  await shot(plain, 'history-deleted');
  await plain.getByRole('link', { name: 'Restore version 1' }).click();
  await plain.getByRole('button', { name: 'Restore' }).click();
  await plain.waitForURL(`**${gone}`);
  await plain.context().close();
});

await step('French, on a phone, in the dark', async () => {
  const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'fr-FR' });
  await phone.goto(`${base}/sign-in`);
  await phone.locator('input[name=username]').fill('cora');
  await phone.locator('input[name=password]').fill(password.demo);
  await phone.locator('form button[type=submit]').click();
  await phone.waitForURL(u => !u.pathname.startsWith('/sign-in'));
  await phone.goto(`${base}/crm/customers`);
  await phone.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(wide <= 0, `the page is ${wide} px too wide`);
  await accessible(phone, 'phone');
  await shot(phone, 'phone-customers');
  await phone.goto(`${base}${customer}/history`);
  await phone.getByRole('heading', { level: 1, name: /^Historique de/ }).waitFor();
  const wider = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(wider <= 0, `the history is ${wider} px too wide`);
  await accessible(phone, 'phone history');
  await shot(phone, 'phone-history');
  await phone.goto(`${base}/crm/dashboard`);
  await shot(phone, 'phone-dashboard');
  assert(phone.complaints.length === 0, phone.complaints.join('; '));
  await phone.context().close();
});

await step('dark pages keep their contrast', async () => {
  const dark = await open({ colorScheme: 'dark' });
  await signIn(dark, 'admin');
  for (const path of ['/crm/dashboard', '/crm/orders', '/admin/objects', '/finance/invoices']) {
    await dark.goto(base + path);
    await accessible(dark, path);
    await shot(dark, `dark${path.replaceAll('/', '-')}`);
  }
  await dark.context().close();
});

await step('what others change is said, and nothing is replaced', async () => {
  const cora = await open();
  await signIn(cora, 'cora');
  await cora.goto(`${base}/crm/customers/7`);
  const change = city => cora.evaluate(async city => {
    const token = document.querySelector('meta[name=csrf-token]').content;
    const answer = await fetch('/api/crm/customers/7', { method: 'PATCH', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': token }, body: JSON.stringify({ city }) });
    if (!answer.ok) throw new Error(`the change is refused with ${answer.status}`);
  }, city);
  const notice = ana.locator('#live [class~=alert]');

  await ana.goto(`${base}/crm/customers`);
  await change('Oslo');
  await notice.getByText('1 change since').waitFor();
  await accessible(ana, 'a list with news');
  await shot(ana, 'live-list');
  await notice.getByRole('link', { name: 'Refresh' }).click();
  await notice.waitFor({ state: 'hidden' });
  await change('Bergen');
  await notice.getByText('1 change since').waitFor();

  await ana.goto(`${base}/crm/customers/7`);
  await change('Narvik');
  await notice.getByText('cora has changed this').waitFor();
  await shot(ana, 'live-view');
  assert(!(await ana.locator('#main').innerText()).includes('Narvik'), 'the page changed by itself');
  await notice.getByRole('link', { name: 'Refresh' }).click();
  await ana.getByText('Narvik').first().waitFor();

  await ana.goto(`${base}/crm/customers/7/edit`);
  await ana.getByLabel('City').fill('Tromsø');
  await change('Bodø');
  await notice.getByText('cora has changed this').waitFor();
  assert(await ana.getByLabel('City').inputValue() === 'Tromsø', 'what was entered is lost');
  await shot(ana, 'live-edit');
  assert(cora.complaints.length === 0, cora.complaints.join('; '));
  await cora.context().close();
});

const answer = async (page, expected) => {
  const line = page.locator('[data-try-line]');
  await line.getByText(expected).waitFor();
  await page.locator('[data-try-stop]').waitFor({ state: 'hidden' });
  return { line: await line.innerText(), body: await page.locator('[data-try-body]').innerText(), headers: await page.locator('[data-try-headers]').textContent() };
};

await step('ana reads what she may call over HTTP', async () => {
  await ana.goto(`${base}/api/docs`);
  await ana.getByRole('heading', { level: 1, name: 'API' }).waitFor();
  await accessible(ana, 'API');
  await shot(ana, 'api');
  await ana.getByRole('searchbox', { name: /Search/ }).first().fill('POST /api/crm/orders');
  await ana.waitForURL(/q=POST/);
  await ana.getByRole('link', { name: 'Create an order', exact: true }).click();
  await ana.getByRole('heading', { level: 1, name: 'Create an order' }).waitFor();
  await accessible(ana, 'an operation');
  await shot(ana, 'api-operation');
  const missing = await ana.goto(`${base}/api/docs/crmOrdersDelete`);
  assert(missing.status() === 404, `what she may not call answers ${missing.status()}`);
});

await step('and tries it, as herself', async () => {
  await ana.goto(`${base}/api/docs/crmOrdersCreate`);
  const order = { number: code, customer_id: 1, placed_at: '2026-01-31T15:04:05Z', status: 'draft' };
  const body = ana.getByLabel('Body', { exact: true });
  await body.fill(JSON.stringify({ ...order, number: '' }));
  await ana.getByRole('button', { name: 'Send' }).click();
  const refused = await answer(ana, /^422/);
  assert(refused.body.includes('"field": "number"'), `the answer is ${refused.body}`);
  await body.fill(JSON.stringify(order));
  await ana.getByRole('button', { name: 'Send' }).click();
  const created = await answer(ana, /^201/);
  assert(created.line.includes('POST /api/crm/orders') && /\d ms/.test(created.line), `it says ${created.line}`);
  assert(created.headers.includes('location: /api/crm/orders/') && created.body.includes(code), `the answer is ${created.headers} ${created.body}`);
  await accessible(ana, 'an answer');
  await shot(ana, 'api-answer');
});

await step('with a key that is kept nowhere', async () => {
  await ana.goto(`${base}/api/docs/crmOrdersList`);
  await ana.getByRole('textbox', { name: 'Filters' }).fill(`number=${code}&customer_id=1`);
  await ana.getByLabel('limit').fill('5');
  await ana.getByRole('button', { name: 'Send' }).click();
  const found = await answer(ana, /^200/);
  assert(JSON.parse(found.body).items.length === 1 && found.line.includes('limit=5'), `found ${found.body}`);
  const sent = ana.waitForRequest(r => r.url().includes('/api/crm/orders?'));
  await ana.getByLabel('API key or token').fill('no-such-token');
  await ana.getByRole('button', { name: 'Send' }).click();
  await answer(ana, /^401/);
  const headers = await (await sent).allHeaders();
  assert(headers.authorization === 'Bearer no-such-token' && !headers.cookie, 'the session went with the key');
  await ana.locator('.crumbs').getByRole('link', { name: 'API' }).click();
  await ana.getByRole('link', { name: 'List customers', exact: true }).click();
  await ana.getByRole('heading', { level: 1, name: 'List customers' }).waitFor();
  assert(await ana.getByLabel('API key or token').inputValue() === '', 'the key is on the next page');
  assert(await ana.locator('[data-try-answer]').isHidden(), 'the answer is on the next page');
  assert(!(await ana.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]))).includes('no-such-token'), 'the key was kept');
});

await step('and hears a stream until she stops it', async () => {
  await ana.goto(`${base}/api/docs/crmCustomersChanges`);
  await ana.getByRole('button', { name: 'Send' }).click();
  await ana.locator('[data-try-body]').getByText('event: ready').waitFor();
  await ana.getByRole('button', { name: 'Stop' }).click();
  const stopped = await answer(ana, /^200/);
  assert(stopped.line.includes('stopped'), `it says ${stopped.line}`);
});

await step('the console has all of the API, also on a phone in the dark', async () => {
  const phone = await open({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await signIn(phone, 'admin');
  for (const [path, name] of [['', 'api'], ['/crmOrdersBulk', 'operation'], ['/financeCreditCheck', 'web-api']]) {
    const got = await phone.goto(`${base}/admin/api${path}`);
    assert(got.status() === 200, `${path} answers ${got.status()}`);
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(wide <= 0, `${path} is ${wide} px too wide`);
    await accessible(phone, `console${path}`);
    await shot(phone, `phone-${name}`);
  }
  assert(phone.complaints.length === 0, phone.complaints.join('; '));
  await phone.context().close();
});

await step('signing out ends the session', async () => {
  await ana.goto(`${base}/crm/customers`);
  await ana.getByRole('button', { name: /Account/ }).click();
  await ana.getByRole('button', { name: 'Sign out' }).click();
  await ana.waitForURL('**/sign-in');
  await ana.goto(`${base}/crm/customers`);
  assert(new URL(ana.url()).pathname === '/sign-in', 'still signed in');
});

await step('no page broke its security policy or logged an error', async () => {
  const all = [...ana.complaints, ...admin.complaints];
  assert(all.length === 0, all.join('; '));
});

await browser.close();
process.exit(failed ? 1 : 0);
