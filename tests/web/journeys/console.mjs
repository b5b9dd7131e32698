// What an operator does in the console: takes away what a list shows, and only that; removes a rule and says why; has the
// audit trail's seals checked.
import { readFileSync } from 'node:fs';

export default async function work({ asked, person }) {
  const { page, enter } = await person();
  await enter(asked.admin.email, asked.admin.password);
  const exported = await exportFailed(page, asked.orgId);
  await removeLimit(page, asked.orgId, asked.why);
  const event = await readEvent(page, asked.orgId);
  return { exported, event, seals: await checkSeals(page) };
}

/** The filters come from the address, as somebody else's link would bring them. */
async function exportFailed(page, orgId) {
  await page.goto(`/admin/audit/requests?org_id=${orgId}&status=failed`);
  await page.getByRole('cell', { name: 'no-such-model' }).first().waitFor();
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Start the export' }).click();
  const link = dialog.getByRole('link', { name: 'Download' });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

async function removeLimit(page, orgId, why) {
  await page.goto(`/admin/policy/limits?org_id=${orgId}`);
  await page.getByRole('button', { name: 'Remove' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason (optional)').fill(why);
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await dialog.waitFor({ state: 'hidden' });
}

async function readEvent(page, orgId) {
  await page.goto(`/admin/audit/events?org_id=${orgId}&event_type=limit.removed`);
  const row = page.getByRole('row', { name: /Limit removed/ });
  await row.getByRole('button').first().click();
  return page.getByRole('table').innerText();
}

async function checkSeals(page) {
  await page.goto('/admin/audit/seals');
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByText('As it was sealed').waitFor();
  return page.locator('main').innerText();
}
