// What people do now and then: take statements and movements away as files, find their way on a phone, and log out.
import { readFileSync } from 'node:fs';
import { PHONE } from './browser.mjs';

export default async function errands({ asked, person }) {
  const reader = await person();
  await reader.enter(asked.email, asked.password);
  const statement = await takeStatement(reader.page);
  const movements = await takeMovements(reader.page);
  const operator = await person();
  await operator.enter(asked.admin.email, asked.admin.password);
  const books = await takeFromTheBooks(operator.page, asked.orgId);
  const phone = await person({ viewport: PHONE });
  await phone.enter(asked.email, asked.password);
  const seen = await walkOnAPhone(phone.page);
  return { statement, movements, books, seen, left: await logOut(reader.page) };
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
