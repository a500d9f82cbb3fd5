// What the browser tests share: the site under test, pages that report every fault, panels that have settled.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch } from './browser.mjs';

export const DASHBOARDS = ['gitops-toolkit-cluster', 'gitops-toolkit-control-plane'];
export const results = join(import.meta.dirname, '..', 'test-results');

/** A running weir (WEIR_URL), else the mock server over the built pages. */
export async function openSite() {
  mkdirSync(results, { recursive: true });
  const browser = await launch();
  const given = process.env.WEIR_URL;
  if (given) return { url: given.replace(/\/$/, ''), real: true, browser, close: () => browser.close() };
  const mock = spawn(process.execPath, [join(import.meta.dirname, 'mockServer.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise((resolve) =>
    mock.stdout.once('data', (text) => resolve(String(text).trim())),
  );
  const close = async () => {
    await browser.close();
    mock.kill();
  };
  return { url, real: false, browser, close };
}

/** A page that collects console errors, page errors and failed requests in `faults`. */
export async function openPage(site, { width = 1440, height = 900, theme = 'dark' } = {}) {
  const context = await site.browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    timezoneId: 'UTC',
    acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.faults = [];
  page.on(
    'console',
    (message) => message.type() === 'error' && page.faults.push(`console: ${message.text()}`),
  );
  page.on('pageerror', (error) => page.faults.push(`page: ${error.message}`));
  page.on(
    'response',
    (response) => response.status() >= 400 && page.faults.push(`${response.status()} ${response.url()}`),
  );
  return page;
}

/** Waits until no panel is loading; with `whole`, the window is made as high as the page first. */
export async function settle(page, whole = false) {
  await page.waitForSelector('[data-testid=panel]');
  if (whole) {
    const { width } = page.viewportSize();
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(6000, Math.max(900, height)) });
  }
  await page.waitForFunction(
    () => {
      const panels = [...document.querySelectorAll('[data-testid=panel]')].filter(
        (panel) => panel.getBoundingClientRect().top < innerHeight,
      );
      return (
        panels.length > 0 &&
        panels.every(
          (panel) => panel.dataset.state !== 'loading' && panel.getAttribute('aria-busy') === 'false',
        )
      );
    },
    undefined,
    { timeout: 30_000 },
  );
  await page.waitForTimeout(250);
}

/** The state that a page shows, for messages. */
export function panelStates(page) {
  return page.$$eval('[data-testid=panel]', (panels) =>
    panels.map((panel) => ({
      key: panel.dataset.panel,
      type: panel.dataset.type,
      state: panel.dataset.state,
      title: panel.getAttribute('aria-label'),
      text: panel.textContent.slice(0, 300),
    })),
  );
}
