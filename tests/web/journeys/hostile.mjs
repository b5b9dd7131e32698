// Opens conversations whose answers try to be more than text, touches everything in them, and tells what came of it.
import { settle } from './visit.mjs';

const FORBIDDEN = 'script, iframe, object, embed, form, input:not([type=checkbox]), style, link, meta, base, video, audio, source, frame';
/** The buttons below an answer are the page's own. */
const INVITING = ':is(b, summary, svg, svg *, td, code):not([class*=actions] *)';

export default async function hostile({ asked, person, url }) {
  const told = [];
  const { context, page, enter } = await person();
  await enter(asked.email, asked.password);
  page.on('dialog', (dialog) => dialog.dismiss());
  for (const { name, path } of asked.conversations) {
    await page.goto(path);
    await settle(page);
    await drawn(page);
    await touch(page);
    told.push({ name, ...(await page.evaluate(inspect, FORBIDDEN)), stayed: page.url() === url + path, pages: context.pages().length });
  }
  return told;
}

/** Until the answer stands as it will stay: Markdown and diagrams are loaded when they are first needed. */
async function drawn(page) {
  const answer = page.locator('main article').nth(1);
  await answer.waitFor();
  await answer.locator('.x-markdown').waitFor();
  await page.waitForTimeout(700);
  for (const wheel of await answer.locator('.ant-spin').all()) await wheel.waitFor({ state: 'detached' });
}

/** Hovers and clicks what invites it in what the model said: links that lead elsewhere are looked at, not followed. */
async function touch(page) {
  for (const element of await page.locator('main article').nth(1).locator(INVITING).all()) {
    await element.hover({ timeout: 500, force: true }).catch(() => {});
    await element.click({ timeout: 500, force: true, noWaitAfter: true }).catch(() => {});
  }
}

function inspect(forbidden) {
  const answer = document.querySelectorAll('main article')[1];
  const all = answer ? [...answer.querySelectorAll('*')] : [];
  const said = all.filter((one) => !one.closest('button'));
  const urls = said.flatMap((one) => ['href', 'src', 'xlink:href', 'srcset', 'action'].map((name) => one.getAttribute(name)).filter(Boolean));
  return {
    words: answer?.innerText ?? '',
    stolen: window.stolen ?? null,
    elements: answer ? [...answer.querySelectorAll(forbidden)].filter((one) => !one.closest('svg')).map((one) => one.outerHTML.slice(0, 120)) : [],
    handlers: all.filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).map((one) => one.outerHTML.slice(0, 120)),
    urls: urls.filter((one) => !/^(https?:|mailto:|#|\/assets\/|blob:|data:image\/(png|svg\+xml))/i.test(one.trim())),
    openers: [...(answer?.querySelectorAll('a[href^=http]') ?? [])].filter((one) => !/noopener/.test(one.rel) || one.target !== '_blank').map((one) => one.outerHTML),
    covers: said.filter((one) => ['fixed', 'sticky'].includes(getComputedStyle(one).position)).map((one) => one.outerHTML.slice(0, 120)),
  };
}
