// No mouse: log in, ask, make a key and put it away, by Tab, Enter, Escape and typing alone.
import { openForShort } from './story.mjs';

const TABS_MAX = 80;
const ANSWERED_MS = 180_000;

export default async function keyboard({ asked, person }) {
  const { page } = await person();
  await logIn(page, asked);
  const skipped = await skipToContent(page);
  const answer = await ask(page, asked.model);
  const key = await makeKey(page);
  return { skipped, answer, key };
}

async function logIn(page, { email, password }) {
  await page.goto('/login');
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type(email);
  await tabTo(page, page.getByLabel('Password', { exact: true }));
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/chat');
  await page.getByRole('textbox', { name: 'Message' }).waitFor();
}

/** The first stop of a page leads past the navigation; whether it did. */
async function skipToContent(page) {
  await page.goto('/api-keys');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await tabTo(page, page.getByRole('link', { name: 'Skip to content' }));
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  return page.evaluate(() => Boolean(document.activeElement?.closest('main')));
}

async function ask(page, model) {
  await openForShort(page, model);
  await page.locator('button:enabled[aria-label=Send], button[aria-label=Send]').first().waitFor();
  await tabTo(page, page.getByRole('textbox', { name: 'Message' }));
  await page.keyboard.type('Say hello.');
  await page.locator('button:enabled[aria-label=Send]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('main article [title$=USD]').waitFor({ timeout: ANSWERED_MS });
  await tabTo(page, page.locator('main article').last().getByRole('button', { name: 'Copy the trace id' }));
  await page.keyboard.press('Enter');
  return page.evaluate(() => navigator.clipboard.readText());
}

async function makeKey(page) {
  await tabTo(page, page.getByRole('link', { name: 'API keys' }).or(page.getByRole('menuitem', { name: 'API keys' })));
  await page.keyboard.press('Enter');
  await page.waitForURL('**/api-keys');
  const make = page.getByRole('button', { name: 'New API key' }).first();
  await make.waitFor();
  await tabTo(page, make);
  await page.keyboard.press('Enter');
  const form = page.getByRole('dialog');
  await form.waitFor();
  await tabTo(page, form.getByLabel('Name'));
  await page.keyboard.type('no mouse');
  await tabTo(page, form.getByRole('button', { name: 'New API key' }));
  await page.keyboard.press('Enter');
  const secret = await page.locator('code', { hasText: /^sk-ds-/ }).first().innerText();
  await tabTo(page, page.getByRole('dialog').getByRole('button').last());
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  return secret;
}

/** Presses Tab until it is there. */
async function tabTo(page, wanted) {
  for (let tabs = 0; tabs <= TABS_MAX; tabs += 1) {
    if (await isFocused(wanted)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by Tab to ${wanted}`);
}

async function isFocused(wanted) {
  const found = await wanted.first().elementHandle({ timeout: 5_000 });
  return found.evaluate((element) => element === document.activeElement);
}
