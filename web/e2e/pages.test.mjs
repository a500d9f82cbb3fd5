// Every page, light and dark, wide and narrow: no fault in the console, nothing unsupported, a screenshot.
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DASHBOARDS, openPage, openSite, panelStates, results, settle } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const PAGES = [
  { name: 'home', path: '/', ready: '[data-testid=dashboard-link]' },
  ...DASHBOARDS.map((uid) => ({ name: uid, path: `/d/${uid}`, dashboard: true })),
  {
    name: 'explore-table',
    path: '/explore?g0.expr=sum%20by%20(job)%20(up)&g0.tab=table',
    ready: '[data-testid=result-table]',
  },
  {
    name: 'explore-graph',
    path: '/graph?g0.expr=process_resident_memory_bytes&g0.tab=graph&g0.range_input=15m',
    ready: '[data-testid=timeseries] canvas',
  },
  { name: 'alerts', path: '/alerts', ready: '[data-testid=rule]' },
  { name: 'targets', path: '/targets', ready: '[data-testid=target]' },
  { name: 'status', path: '/status', ready: 'table' },
  { name: 'status-storage', path: '/status?tab=tsdb', ready: 'table' },
];

// Shown in the README and the manual: taken only when a folder is named.
const SHOWN = {
  'gitops-toolkit-cluster': 'screenshot-cluster',
  'gitops-toolkit-control-plane': 'screenshot-control-plane',
  alerts: 'screenshot-alerts',
  'explore-graph': 'screenshot-explore',
};

for (const theme of ['dark', 'light']) {
  for (const width of [1440, 390]) {
    for (const { name, path, ready, dashboard } of PAGES) {
      test(`${name}, ${theme}, ${width} px`, async () => {
        const page = await openPage(site, { width, theme });
        await page.goto(site.url + path);
        if (dashboard) await settle(page, true);
        else {
          await page.waitForSelector(ready, { timeout: 15_000 });
          await page.waitForTimeout(400);
        }
        if (dashboard) {
          const states = await panelStates(page);
          assert.deepEqual(
            states.filter((p) => p.type === 'unsupported'),
            [],
          );
          assert.deepEqual(
            states.filter((p) => ['loading', 'failed', 'stale'].includes(p.state)),
            [],
          );
          // A recording need not have every metric; a panel without data says why.
          const unexplained = states.filter((p) => p.state === 'empty' && !/matches no series/.test(p.text));
          if (site.real) assert.deepEqual(unexplained, []);
        }
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `the page is ${wide} px wider than the window`);
        const file = join(results, `${name}-${theme}-${width}.png`);
        await page.screenshot({ path: file, fullPage: true });
        if (process.env.WEIR_SCREENSHOTS && width === 1440 && theme === 'dark' && SHOWN[name]) {
          copyFileSync(file, join(process.env.WEIR_SCREENSHOTS, `${SHOWN[name]}.png`));
        }
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }
}
