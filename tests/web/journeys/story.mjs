// The way of somebody new, up to the key that a program will use: register, get money, ask, stop, ask and reload in
// the middle, look at what it cost.
const LONG = 'Write a very long story about a lighthouse keeper, with many chapters. Do not stop early.';
const SHORT = 'Say hello.';
/** The small model on a busy machine may be long about little. */
const SETTLED_MS = 180_000;
/** Long enough to be stopped in the middle, short enough that what goes on behind a stopped answer ends soon. */
const LONG_TOKENS = 1_000;
/** The small model may take a greeting for the beginning of a song. */
const SHORT_TOKENS = 48;

export default async function story({ asked, person }) {
  const reader = await person();
  const orgId = await register(reader.page, asked.email, asked.password);
  await topUp(await operator(person, asked), orgId, '5');
  const paid = await askBriefly(reader.page, asked.model);
  const stopped = await stopAnAnswer(reader.page, asked.model);
  const resumed = await reloadInTheMiddle(reader.page, asked.model);
  const secret = await makeKey(reader.page);
  const balance = await balanceOf(reader.page);
  return { orgId, stopped, resumed, paid, secret, balance, state: await reader.context.storageState() };
}

async function register(page, email, password) {
  await page.goto('/');
  await page.waitForURL('**/login**');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.waitForURL('**/chat');
  const me = await page.evaluate(() => fetch('/api/v1/me').then((answer) => answer.json()));
  return me.user.personal_org_id;
}

async function operator(person, { admin }) {
  const one = await person();
  await one.enter(admin.email, admin.password);
  return one.page;
}

async function topUp(page, orgId, amount) {
  await page.goto(`/admin/billing/wallets/${orgId}`);
  await page.getByRole('button', { name: 'Top up' }).first().click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Amount').fill(amount);
  await form.getByLabel('Reason').fill('Invoice 1 paid');
  await form.getByRole('button', { name: 'Top up' }).click();
  await form.getByRole('status').waitFor();
}

async function stopAnAnswer(page, model) {
  await openForLong(page, model);
  await send(page, LONG);
  await saidBeyond(page, 20);
  await stop(page);
  const kept = await said(page);
  await page.reload();
  await isStopped(page);
  return { kept, afterReload: await saidBeyond(page, kept.length - 1), trace: await traceOf(page) };
}

async function reloadInTheMiddle(page, model) {
  await openForLong(page, model);
  await send(page, LONG);
  const before = await saidBeyond(page, 20);
  await page.reload();
  const again = await saidBeyond(page, 20);
  const after = await saidBeyond(page, Math.max(again.length, before.length));
  await stop(page);
  return { before, again, after };
}

function openForLong(page, model) {
  return openConversation(page, model, { title: 'A long story', tokens: LONG_TOKENS });
}

export function openForShort(page, model) {
  return openConversation(page, model, { title: 'A greeting', tokens: SHORT_TOKENS });
}

/** A conversation whose answers have an end. */
async function openConversation(page, model, { title, tokens }) {
  const made = await page.evaluate(async (body) => {
    const answer = await fetch('/api/v1/conversations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return answer.json();
  }, { title, model, parameters: { max_tokens: tokens } });
  if (!made.id) throw new Error(`no conversation: ${JSON.stringify(made)}`);
  await page.goto(`/chat/${made.id}`);
}

async function stop(page) {
  await page.getByRole('button', { name: /^Stop/ }).click();
  await isStopped(page);
}

async function isStopped(page) {
  await page.locator('main article').getByText('Stopped').waitFor();
}

async function askBriefly(page, model) {
  await openForShort(page, model);
  await send(page, SHORT);
  await page.locator('main article [title$=USD]').waitFor({ timeout: SETTLED_MS });
  const answer = lastAnswer(page);
  const cost = (await answer.locator('[title$=USD]').innerText()).replace(/^Cost\s*/, '');
  const exact = await answer.locator('[title$=USD]').getAttribute('title');
  return { cost, exact, trace: await traceOf(page), words: await answer.innerText() };
}

async function makeKey(page) {
  await page.goto('/api-keys');
  await page.getByRole('button', { name: 'New API key' }).first().click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('notebook');
  await form.getByRole('button', { name: 'New API key' }).click();
  const secret = await page.locator('code', { hasText: /^sk-ds-/ }).first().innerText();
  await page.getByRole('dialog').getByRole('button').last().click();
  return secret;
}

export async function balanceOf(page) {
  await page.goto('/billing');
  await page.getByText('Balance', { exact: true }).first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  return page.locator('main').innerText();
}

export async function send(page, text) {
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill(text);
  // Models are still being asked for on a page that has just opened.
  await page.locator('button:enabled[aria-label=Send]').waitFor();
  await field.press('Enter');
}

function lastAnswer(page) {
  return page.locator('main article').last();
}

/**
 * What the model said last, without what stands below it; nothing while it is still shown as it was written, for Markdown
 * has other line breaks.
 */
function said(page) {
  return page.evaluate(() => {
    const articles = [...document.querySelectorAll('main article')];
    const answer = articles.length > 1 ? articles.at(-1).cloneNode(true) : null;
    if (!answer || answer.querySelector('[class*=plain]')) return '';
    for (const below of answer.querySelectorAll('[class*=actions]')) below.remove();
    return answer.textContent.replace(/\s+/g, ' ').trim();
  });
}

/** What has been said once it is longer than it was. */
async function saidBeyond(page, length) {
  for (let tries = 0; tries < 600; tries += 1) {
    const words = await said(page);
    if (words.length > length) return words;
    await page.waitForTimeout(100);
  }
  throw new Error(`the answer does not grow beyond ${length} characters`);
}

/** The whole id is behind the button that copies it. */
async function traceOf(page) {
  await lastAnswer(page).getByRole('button', { name: 'Copy the trace id' }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}
