// What came of it: the balance has moved, an administrator finds the call by its trace, a budget is set and the next
// question is refused in words that help.
import { balanceOf, send } from './story.mjs';

export default async function aftermath({ asked, person }) {
  const reader = await person({ state: asked.state });
  const balance = await balanceOf(reader.page);
  const operator = await person();
  await operator.enter(asked.admin.email, asked.admin.password);
  const trace = await findTrace(operator.page, asked.trace);
  await budgetOfNothing(reader.page);
  return { balance, trace, refusal: await ask(reader.page) };
}

async function findTrace(page, trace) {
  await page.goto('/admin/audit');
  const field = page.getByRole('searchbox');
  await field.fill(trace);
  await field.press('Enter');
  await page.waitForURL(`**/audit/traces/${trace}`);
  await page.getByText('capture', { exact: false }).first().waitFor();
  return page.locator('main').innerText();
}

async function budgetOfNothing(page) {
  await page.goto('/billing');
  await page.getByRole('tab', { name: 'Budgets' }).click();
  await page.getByRole('button', { name: 'Set a budget' }).first().click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Cap', { exact: true }).fill('0.000001');
  await form.getByRole('button', { name: 'Set a budget' }).click();
  await form.waitFor({ state: 'hidden' });
}

async function ask(page) {
  await page.goto('/chat');
  await send(page, 'One more?');
  const alert = page.getByRole('alert').last();
  await alert.waitFor();
  return alert.innerText();
}
