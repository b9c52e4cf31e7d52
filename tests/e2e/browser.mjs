// The browser the tests drive, and a page of it that remembers what it fetched and what went wrong.
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** Starts the browser: `CHROME`, or where Debian puts Chromium. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROME ?? '/usr/bin/chromium', args: ARGUMENTS });
}

/**
 * A page in a context of its own. `page.problems` collects errors of the
 * console, of scripts and of the network, `page.fetched` the paths of its requests.
 */
export async function newPage(browser, { viewport = DESKTOP, colorScheme = 'dark', ...options } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.problems = [];
  page.fetched = [];
  page.on('request', (request) => page.fetched.push(new URL(request.url()).pathname));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.problems.push(message.text());
  });
  page.on('pageerror', (error) => page.problems.push(String(error)));
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure();
    // What is still on its way when a page is left is cut off.
    if (errorText !== 'net::ERR_ABORTED') page.problems.push(`${request.url()} failed: ${errorText}`);
  });
  return page;
}
