// The way of somebody new, up to the key that a program will use: register, get money, ask, stop, ask and reload in
// the middle, look at what it cost.
const LONG = 'Write a very long story about a lighthouse keeper, with many chapters. Do not stop early.';
const SHORT = 'Say hello.';

export default async function story({ asked, person }) {
  const reader = await person();
  const orgId = await register(reader.page, asked.email, asked.password);
  await topUp(await operator(person, asked), orgId, '5');
  const stopped = await stopAnAnswer(reader.page);
  const resumed = await reloadInTheMiddle(reader.page);
  const paid = await askBriefly(reader.page);
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

async function stopAnAnswer(page) {
  await page.goto('/chat');
  await send(page, LONG);
  const answer = await writing(page);
  await page.getByRole('button', { name: /^Stop/ }).click();
  await page.getByText('Stopped').waitFor();
  const kept = await answer.innerText();
  await page.reload();
  await page.getByText('Stopped').waitFor();
  return { kept, afterReload: await lastAnswer(page).innerText(), trace: await traceOf(page) };
}

async function reloadInTheMiddle(page) {
  await page.goto('/chat');
  await send(page, LONG);
  const before = (await (await writing(page)).innerText()).trim();
  await page.reload();
  const stop = page.getByRole('button', { name: /^Stop/ });
  await stop.waitFor();
  const isContinued = await grows(page);
  await stop.click();
  await page.getByText('Stopped').waitFor();
  return { before, after: (await lastAnswer(page).innerText()).trim(), isContinued };
}

async function askBriefly(page) {
  await page.goto('/chat');
  await send(page, SHORT);
  await page.getByText('Cost', { exact: false }).last().waitFor({ state: 'attached' });
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
  await field.press('Enter');
}

function lastAnswer(page) {
  return page.locator('main article').last();
}

/** The answer once some words of it are there. */
async function writing(page) {
  await page.waitForFunction(() => {
    const all = [...document.querySelectorAll('main article')];
    return all.length > 1 && all.at(-1).innerText.trim().length > 20;
  });
  return lastAnswer(page);
}

/** Whether the last answer gets longer by itself. */
async function grows(page) {
  const length = (await lastAnswer(page).innerText()).length;
  await page.waitForFunction((before) => [...document.querySelectorAll('main article')].at(-1).innerText.length > before, length);
  return true;
}

/** The whole id is behind the button that copies it. */
async function traceOf(page) {
  await lastAnswer(page).getByRole('button', { name: 'Copy the trace id' }).click();
  return page.evaluate(() => navigator.clipboard.readText());
}
