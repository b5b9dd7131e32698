// A real browser for the journeys, and everything that must not happen in any of them.
//
// A journey is a module that default-exports `async (world) => result`; run.mjs gives it the world and prints what it
// returned. Whatever a page logs as an error, any script or image that the Content-Security-Policy had to stop, any
// request to another host and any answer of 5xx ends up in `world.faults`, and fails the journey.
import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../../deepspace_http/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'];
const PATIENCE_MS = 60_000;

/**
 * What a browser reports although nothing is wrong: a visitor is asked who they are, and a refusal is an answer; a network
 * that a journey takes away is away.
 */
const HARMLESS = [/status of 4\d\d/, /net::ERR_INTERNET_DISCONNECTED/];

export async function open({ url, executable }) {
  const browser = await chromium.launch({ executablePath: executable, args: ARGUMENTS });
  const faults = [];
  return {
    url,
    faults,
    require,
    /** Somebody with a browser of their own. Cookies come from `enter`, or from a log-in in the page. */
    person: (style = {}) => person({ browser, url, faults, ...style }),
    /** Pictures of everything that is open, for whoever wants to know why; their paths. */
    shoot: (journey) => shoot(browser, journey),
    close: () => browser.close(),
  };
}

async function shoot(browser, journey) {
  const folder = mkdtempSync(join(tmpdir(), `journey-${journey}-`));
  const pages = browser.contexts().flatMap((context) => context.pages());
  return Promise.all(
    pages.map(async (page, at) => {
      const path = join(folder, `${at}.png`);
      await page.screenshot({ path }).catch(() => {});
      return path;
    }),
  );
}

async function person({ browser, url, faults, language = 'en', theme = 'light', viewport = WIDE, state }) {
  const context = await browser.newContext({
    baseURL: url,
    viewport,
    locale: language === 'zh' ? 'zh-CN' : 'en-US',
    timezoneId: 'Europe/Berlin',
    colorScheme: theme,
    reducedMotion: 'reduce',
    ...(state && { storageState: state }),
  });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  context.on('page', (page) => watch(page, url, faults));
  await context.addInitScript(listenForViolations);
  const page = await context.newPage();
  return { context, page, enter: (email, password) => enter(context, email, password) };
}

/** Logs in without the page, for journeys that are about something else. */
async function enter(context, email, password) {
  const answer = await context.request.post('/api/v1/auth/login', { data: { email, password, delivery: 'cookie' } });
  if (!answer.ok()) throw new Error(`log-in: ${answer.status()} ${await answer.text()}`);
}

function watch(page, url, faults) {
  const tell = (what) => faults.push(`${new URL(page.url(), url).pathname}: ${what}`);
  page.on('pageerror', (error) => tell(`threw ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    const isWrong = message.type() === 'error' || /Content.Security.Policy|csp-violation/i.test(message.text());
    if (isWrong && !HARMLESS.some((one) => one.test(message.text()))) tell(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) tell(`asks ${request.url()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 500) tell(`${response.status()} for ${response.url()}`);
  });
}

function listenForViolations() {
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`csp-violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
}
