// Opens a conversation in a real browser, loads all of it, scrolls through it, has an answer written at its end, and
// prints what that cost as JSON.
import { createRequire } from 'node:module';

const { URL_: base, EMAIL: email, PASSWORD: password, CONVERSATION: id, WEB: web } = process.env;
const { chromium } = createRequire(`${web}/package.json`)('playwright-core');
const SCROLL_MS = 5_000;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
await context.request.post(`${base}/api/v1/auth/login`, {
  data: { email, password, delivery: 'cookie' },
  headers: { origin: base },
});
const page = await context.newPage();
await page.goto(`${base}/chat/${id}`);
const messages = page.getByRole('region', { name: /^(Messages|消息)$/ });
await messages.getByRole('article').first().waitFor();

/** Runs in the page: while `seconds` pass or `step` says so, how long frames took and which tasks were long. */
async function measured(name, step) {
  const found = await messages.evaluate(
    async (scroller, [milliseconds, way]) => {
      const long = [];
      const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((one) => one.duration)));
      observer.observe({ entryTypes: ['longtask'] });
      const frames = [];
      const began = performance.now();
      let last = began;
      let still = 0;
      while (way === 'load' ? still < 90 : last - began < milliseconds) {
        const now = await new Promise(requestAnimationFrame);
        frames.push(now - last);
        last = now;
        const before = scroller.scrollHeight;
        if (way === 'load') {
          scroller.scrollTop = 0;
          await new Promise((resolve) => setTimeout(resolve, 30));
          still = scroller.scrollHeight === before ? still + 1 : 0;
        } else if (way !== 'watch') {
          const part = Math.min(1, (last - began) / milliseconds);
          scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * (way === 'down' ? part : 1 - part);
        }
      }
      observer.disconnect();
      frames.sort((one, other) => one - other);
      const at = (share) => Math.round(frames[Math.floor(frames.length * share)] ?? 0);
      return {
        frames: frames.length,
        frame_ms_p50: at(0.5),
        frame_ms_p95: at(0.95),
        frame_ms_max: Math.round(frames.at(-1) ?? 0),
        long_tasks: long.length,
        longest_task_ms: Math.round(Math.max(0, ...long)),
        articles_in_page: scroller.querySelectorAll('article').length,
        nodes_in_page: document.querySelectorAll('*').length,
        height_px: scroller.scrollHeight,
      };
    },
    [SCROLL_MS, step],
  );
  return { name, ...found };
}

/** Asks for something long, and comes back with its first words. */
async function ask() {
  const field = page.getByRole('textbox', { name: /^(Message|消息)$/ });
  await field.fill('Write a very long story about a lighthouse keeper. Do not stop early.');
  await page.locator('button:enabled[aria-label=Send], button:enabled[aria-label=发送]').waitFor();
  await field.press('Enter');
  await page.getByRole('button', { name: /^(Stop|停止)/ }).waitFor();
  await page.waitForFunction(() => (document.querySelector('main article:last-of-type')?.textContent.length ?? 0) > 20);
}

const rows = [await measured('load all', 'load'), await measured('scroll down', 'down'), await measured('scroll up', 'up')];
await messages.evaluate((scroller) => scroller.scrollTo(0, scroller.scrollHeight));
await ask();
rows.push(await measured('an answer comes', 'watch'));
console.log(JSON.stringify(rows));
await browser.close();
