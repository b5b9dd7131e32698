// Goes to pages as somebody who is logged in, each in the styles asked for, and tells what is wrong with what is seen:
// what axe-core finds, words that were not translated, keys instead of words, a page wider than the screen.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PHONE, WIDE } from './browser.mjs';

export default async function visit({ asked, person, require }) {
  const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  const told = [];
  for (const style of asked.styles) {
    const { context, page, enter } = await person({ ...style, viewport: style.width === 'phone' ? PHONE : WIDE });
    await context.addInitScript(({ theme, language }) => {
      localStorage.setItem('deepspace.preferences', JSON.stringify({ state: { theme }, version: 0 }));
      localStorage.setItem('deepspace.language', language);
    }, style);
    if (asked.email) await enter(asked.email, asked.password);
    const weather = WEATHERS[style.weather ?? 'usual'];
    const refused = await weather.before(context);
    for (const { name, path } of asked.pages) {
      refused.clear();
      await page.goto(path);
      await weather.settle(page, context);
      const picture = [name, style.weather, style.language, style.theme, style.width, 'png'].filter(Boolean).join('.');
      if (asked.folder) await shoot(page, join(asked.folder, picture));
      told.push({ name, ...style, ...(await judge(page, axe, style)), refused: [...refused], ...(await readFaults(page)) });
      await context.setOffline(false);
    }
    await context.close();
  }
  return told;
}

/** What a page may meet. Who somebody is stays known in each: without that there is no page. */
const WEATHERS = {
  usual: { before: async () => new Set(), settle },
  /** Everything that is asked for is refused, as by a gateway that knows no better. */
  failing: { before: (context) => answerAll(context, (route) => route.fulfill(REFUSAL)), settle },
  /** No answer has come yet. */
  loading: {
    before: (context) => answerAll(context, () => {}),
    settle: (page) => page.locator('h1, .ant-skeleton-active, .ant-spin-spinning').first().waitFor({ state: 'attached' }),
  },
  /** The network goes while the page is open. */
  offline: {
    before: async () => new Set(),
    settle: async (page, context) => {
      await settle(page);
      await context.setOffline(true);
      await page.getByRole('status').first().waitFor();
    },
  },
};

const REFUSED_TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const REFUSAL = {
  status: 403,
  contentType: 'application/json',
  body: JSON.stringify({
    error: { message: 'a rule of this test refuses it; ask its author', type: 'permission_error', code: 'refused', param: null, trace_id: REFUSED_TRACE },
  }),
};

/** Which addresses were asked for is in the set. */
async function answerAll(context, answer) {
  const seen = new Set();
  await context.route(/\/api\/v1\/(?!me$|auth\/(?!sessions))/, (route) => {
    seen.add(new URL(route.request().url()).pathname);
    return answer(route);
  });
  return seen;
}

/** How the page tells of what it could not load, what it claims there is none of, and what goes on turning for ever. */
function readFaults(page) {
  return page.evaluate((trace) => {
    const alerts = [...document.querySelectorAll('[role=alert]')].filter((one) => one.textContent.includes(trace));
    return {
      alerts: alerts.map((one) => [...one.querySelectorAll('button')].map((button) => button.getAttribute('aria-label') ?? button.textContent)),
      claims: [...document.querySelectorAll('.ant-empty')].map((one) => one.textContent.trim()),
      turning: document.querySelectorAll('.ant-skeleton-active, .ant-spin-spinning').length,
    };
  }, REFUSED_TRACE);
}

/** Until nothing loads any more and no outline of a page is left. Streams may stay open for ever. */
export async function settle(page) {
  await page.locator('h1, [role=alert]').first().waitFor({ state: 'attached' });
  await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => {});
  await page
    .locator('.ant-skeleton-active, .ant-spin-spinning')
    .first()
    .waitFor({ state: 'detached', timeout: 15_000 })
    .catch(() => {});
}

/** The whole page, not the part that is scrolled to. */
async function shoot(page, path) {
  const height = await page.evaluate(() => {
    const main = document.querySelector('main');
    return Math.max(window.innerHeight, (main?.scrollHeight ?? 0) + (main?.getBoundingClientRect().top ?? 0));
  });
  const before = page.viewportSize();
  await page.setViewportSize({ width: before.width, height: Math.min(Math.ceil(height), 4_000) });
  await page.screenshot({ path });
  await page.setViewportSize(before);
}

async function judge(page, axe, { language, isJudged = true }) {
  const serious = isJudged ? await hindrances(page, axe) : [];
  const seen = await page.evaluate(readWords);
  return {
    title: await page.title(),
    axe: serious,
    keys: seen.words.filter((text) => /^[a-z][A-Za-z]*(\.[a-z][A-Za-z]*)+$/.test(text)),
    english: language === 'zh' ? [...seen.words.filter(isEnglish), ...seen.bare] : [],
    overflow: seen.overflow,
    crashed: seen.words.some((text) => text === 'This page broke' || text === '页面出错了'),
  };
}

/** What keeps people out, as axe-core sees it. */
async function hindrances(page, axe) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }),
  );
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.html.slice(0, 120)} ${(node.failureSummary ?? '').slice(0, 260)}`).join(' | ')}`);
}

/** What people read and what is read to them, but for what they or a machine wrote: code, marked passages, fields. */
function readWords() {
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest('code, pre, textarea, time, noscript, script, style, [role=alert] [lang=en], [translate=no], article')) continue;
    if (node.nodeType === Node.TEXT_NODE) {
      if (element.checkVisibility()) words.push(node.textContent.trim());
    } else if (!element.closest('[aria-hidden=true]')) {
      for (const name of ['aria-label', 'placeholder', 'title', 'alt']) words.push(element.getAttribute(name)?.trim());
    }
  }
  const bare = [...document.querySelectorAll('code')].filter(isBareName).map((code) => code.textContent);
  const page = document.scrollingElement;
  const main = document.querySelector('main');
  const overflow = [page, main].filter((one) => one && one.scrollWidth > one.clientWidth + 1).map((one) => `${one.tagName} ${one.scrollWidth} > ${one.clientWidth}`);
  return { words: words.filter(Boolean), bare, overflow };

  /** A name that the product gives (`wallet.captured`, `models:use`, `rate_limited`) without a word beside it. */
  function isBareName(code) {
    if (!/^[a-z]+([._:][a-z]+)+$/.test(code.textContent) || !code.checkVisibility()) return false;
    const place = code.closest('td, th, dd, li, p, h1, h2, [role=dialog]') ?? code.parentElement;
    return !/[\u4e00-\u9fff]/.test(place.textContent);
  }
}

/** At least one word of English, be it a name that the product gives; addresses, numbers and units are nobody's language. */
function isEnglish(text) {
  if (/[\u4e00-\u9fff]/.test(text)) return false;
  return /(^|[\s(_])[A-Z]?[a-z]{3,}($|[\s,.;:!?)…_])/.test(text) && !/[@/]/.test(text);
}
