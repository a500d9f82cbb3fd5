// Loading, empty, failed and stale: the API's answers are replaced on their way to the page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage, openSite, settle } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

const QUERIES = '**/api/v1/query*';
const address = () => `${site.url}/d/gitops-toolkit-cluster?refresh=`;
const states = (page) => page.$$eval('[data-testid=panel]', (all) => all.map((p) => p.dataset.state));

const envelope = (route, data) => route.fulfill({ json: { status: 'success', data } });
const failure = (route) =>
  route.fulfill({
    status: 422,
    json: { status: 'error', errorType: 'execution', error: 'query processing would load too many samples' },
  });

test('loading', async () => {
  const page = await openPage(site);
  let release = () => {};
  const held = new Promise((resolve) => {
    release = resolve;
  });
  await page.route(QUERIES, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(address());
  await page.waitForSelector('[data-testid=panel][data-state=loading]');
  assert.ok((await states(page)).includes('loading'));
  release();
  await settle(page);
  await page.context().close();
});

test('failed, then healed', async () => {
  const page = await openPage(site);
  await page.route(QUERIES, failure);
  await page.goto(address());
  await page.waitForSelector('[data-testid=panel][data-state=failed]');
  assert.match(await page.locator('[data-state=failed]').first().textContent(), /too many samples/);
  await page.unroute(QUERIES);
  await page.waitForTimeout(1100);
  await page.keyboard.press('r');
  await page.waitForSelector('[data-testid=panel][data-state=ready]');
  await page.context().close();
});

test('stale: the last good data stays and says so', async () => {
  const page = await openPage(site);
  await page.goto(address());
  await settle(page);
  const shown = await page.locator('[data-testid=stat-value]').first().textContent();
  await page.route(QUERIES, failure);
  await page.waitForTimeout(1100);
  await page.keyboard.press('r');
  await page.waitForSelector('[data-testid=panel][data-state=stale]');
  assert.equal(await page.locator('[data-testid=stat-value]').first().textContent(), shown);
  const badge = page.locator('[data-state=stale] .badge.bad').first();
  assert.match(await badge.getAttribute('title'), /too many samples[\s\S]*Shown as of/);
  await page.context().close();
});

test('empty: which selector matches nothing, and what is near', async () => {
  const page = await openPage(site, { height: 2400 });
  await page.route('**/api/v1/query?*', (route) => envelope(route, { resultType: 'vector', result: [] }));
  await page.route('**/api/v1/query_range*', (route) =>
    envelope(route, { resultType: 'matrix', result: [] }),
  );
  await page.route('**/api/v1/selector_liveness*', (route) =>
    envelope(route, [
      {
        selector: 'gotk_x{a="b"}',
        start: 0,
        end: 13,
        matchesNow: false,
        lastMatched: Date.now() - 3_600_000,
        exempt: '',
        suggestion: 'near is gotk_y',
      },
    ]),
  );
  await page.goto(address());
  const empty = page.locator('[data-type=table][data-state=empty]').first();
  await empty.getByText('No data').waitFor();
  await empty.getByText('near is gotk_y').waitFor();
  assert.match(await empty.textContent(), /gotk_x\{a="b"\} matches no series\. It did 1h ago\./);
  await page.context().close();
});

test('a hidden part of the page does not query', async () => {
  const page = await openPage(site, { height: 500 });
  let asked = 0;
  page.on('request', (r) => {
    if (/\/api\/v1\/query/.test(r.url())) asked += 1;
  });
  await page.goto(address());
  await settle(page);
  const first = asked;
  const panels = await page.locator('[data-testid=panel]').count();
  assert.ok(first > 0 && first < panels, `${first} queries for ${panels} panels`);
  await page.mouse.wheel(0, 5000);
  await page.waitForTimeout(1500);
  assert.ok(asked > first);
  await page.context().close();
});

test('text of a dashboard is never markup', async () => {
  const page = await openPage(site);
  const evil = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>';
  await page.route('**/expand', async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    for (const panel of body.panels) panel.title = evil;
    await route.fulfill({ json: body });
  });
  await page.goto(address());
  await settle(page);
  assert.equal(await page.evaluate(() => window.evil), undefined);
  assert.match(await page.locator('[data-testid=panel] h2').first().textContent(), /<img/);
  await page.context().close();
});
