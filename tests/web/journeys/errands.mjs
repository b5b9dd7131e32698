// What people do now and then: take statements, movements, usage and chats away as files, look at what usage is made of,
// ask with a file while the network is away, find their way on a phone, and log out.
import { readFileSync } from 'node:fs';
import { PHONE } from './browser.mjs';

export default async function errands({ asked, person }) {
  const reader = await person();
  await reader.enter(asked.email, asked.password);
  const statement = await takeStatement(reader.page);
  const movements = await takeMovements(reader.page);
  const talker = await person();
  await talker.enter(asked.talker, asked.password);
  const talk = await askThroughAGap(talker);
  const user = await person();
  await user.enter(asked.user.email, asked.user.password);
  const usage = await lookAtUsage(user.page);
  const operator = await person();
  await operator.enter(asked.admin.email, asked.admin.password);
  const books = await takeFromTheBooks(operator.page, asked.orgId);
  const phone = await person({ viewport: PHONE });
  await phone.enter(asked.email, asked.password);
  const seen = await walkOnAPhone(phone.page);
  return { statement, movements, talk, usage, books, seen, left: await logOut(reader.page) };
}

async function takeStatement(page) {
  await page.goto('/billing/statements');
  const csv = await fileOf(page, page.getByRole('button', { name: 'Download CSV' }));
  const markdown = await fileOf(page, page.getByRole('button', { name: 'Download Markdown' }));
  return { csv, markdown };
}

/** Only what was paid in: the export is of what is filtered. */
async function takeMovements(page) {
  await page.goto('/billing/movements?type=top_up');
  await page.getByRole('cell', { name: 'Top-up' }).first().waitFor();
  return fileOf(page, page.getByRole('button', { name: 'Export as CSV' }));
}

/** A first question with a file, sent while nothing answers, is there to be sent again; then it is taken away as files. */
async function askThroughAGap({ page, context }) {
  const question = 'What do my notes say?';
  await page.goto('/chat');
  const field = page.getByRole('textbox', { name: 'Message' });
  const file = { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# The moon is far away') };
  await page.locator('input[type=file]').setInputFiles(file);
  await page.getByRole('button', { name: 'Remove notes.md' }).waitFor();
  await page.getByRole('progressbar').waitFor({ state: 'detached' });
  await field.fill(question);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Send' }).click();
  const retry = page.getByRole('button', { name: 'Try again' });
  await retry.waitFor();
  const kept = { text: await field.inputValue(), files: await page.getByRole('button', { name: /^Remove / }).count() };
  await context.setOffline(false);
  await retry.click();
  const said = page.locator('main article').filter({ hasText: question });
  await said.getByText('notes.md').waitFor();
  const stop = page.getByRole('button', { name: 'Stop' });
  await page.locator('main article').nth(1).waitFor();
  // A short answer may be over by now.
  await stop.click({ timeout: 3_000 }).catch(() => {});
  await stop.waitFor({ state: 'detached' });
  const menu = page.getByRole('button', { name: /^More for/ });
  await menu.first().click();
  const markdown = await fileOf(page, page.getByRole('menuitem', { name: 'Download as Markdown' }));
  await menu.first().click();
  const json = await fileOf(page, page.getByRole('menuitem', { name: 'Download as JSON' }));
  return { question, kept, markdown, json };
}

/** Split in each way, of the time that the address keeps, and as a table by day; and all of it as a file. */
async function lookAtUsage(page) {
  await page.goto('/billing/usage?range=7');
  const made = {};
  for (const [group, name] of Object.entries({ project: 'Project', key: 'API key', model: 'Model' })) {
    await page.getByRole('combobox', { name: 'Split by' }).click({ force: true });
    await page.getByTitle(`Split by: ${name}`).last().click();
    await page.waitForURL((address) => address.searchParams.get('group') === group);
    await page.reload();
    const rows = page.getByRole('list', { name: 'What it is made of' }).getByRole('listitem');
    await rows.first().waitFor();
    made[group] = await rows.evaluateAll((all) => all.map((one) => one.querySelector('span').innerText));
  }
  await page.getByRole('button', { name: 'Show as table' }).click();
  const days = await page.getByRole('table', { name: 'Cost by day' }).locator('tbody tr.ant-table-row').count();
  const file = await fileOf(page, page.getByRole('button', { name: 'Export as CSV' }));
  return { made, days, file, address: page.url() };
}

async function takeFromTheBooks(page, orgId) {
  await page.goto(`/admin/billing/wallets/${orgId}`);
  const csv = await fileOf(page, page.getByRole('link', { name: 'CSV' }));
  const markdown = await fileOf(page, page.getByRole('link', { name: 'Markdown' }));
  return { csv, markdown };
}

async function fileOf(page, trigger) {
  const [download] = await Promise.all([page.waitForEvent('download'), trigger.click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

async function walkOnAPhone(page) {
  await page.goto('/chat');
  await page.getByRole('heading', { level: 1 }).waitFor();
  const headings = [];
  for (const name of ['Billing', 'Projects', 'API keys', 'Organization', 'Profile']) {
    await page.getByRole('button', { name: 'Open navigation' }).click();
    const drawer = page.getByRole('dialog');
    const before = await page.locator('main h1').innerText();
    await drawer.getByRole('link', { name, exact: true }).click();
    await drawer.waitFor({ state: 'hidden' });
    // The page before stands until the next one is loaded.
    await page.waitForFunction((gone) => ![gone, undefined].includes(document.querySelector('main h1')?.innerText), before);
    headings.push(await page.locator('main h1').innerText());
  }
  await page.goto('/chat');
  await page.getByRole('button', { name: 'Show conversations' }).click();
  const list = page.getByRole('dialog');
  await list.getByRole('link', { name: 'New chat' }).click();
  await list.waitFor({ state: 'hidden' });
  return headings;
}

/** Where one ends up, and whether the way back is closed: by the browser's button, by an address, and for programs. */
async function logOut(page) {
  await page.goto('/projects');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await page.waitForURL('**/login**');
  await page.goBack();
  await page.waitForURL('**/login**');
  await page.goto('/billing');
  await page.waitForURL('**/login**');
  return page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.status));
}
