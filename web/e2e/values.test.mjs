// The numbers of panels and tables against the API's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DASHBOARDS, openPage, openSite } from './site.mjs';
import { api, checkDashboard } from './values.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

for (const uid of DASHBOARDS) {
  test(`${uid} shows the API's numbers`, async () => {
    const page = await openPage(site);
    const to = Math.floor((Date.now() - 20_000) / 1000) * 1000;
    const { checked } = await checkDashboard(site, page, uid, to - 600_000, to);
    assert.ok(checked > 3, `only ${checked} values were compared`);
    console.log(`${uid}: ${checked} values and rows agree with the API`);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
}

test('explore shows the API’s numbers', async () => {
  const page = await openPage(site);
  await page.goto(
    `${site.url}/explore?g0.expr=up&g0.tab=table&g0.end_input=${new Date(Date.now() - 30_000).toISOString().slice(0, 19)}`,
  );
  await page.waitForSelector('[data-testid=result-table]');
  const time = new URL(page.url()).searchParams.get('g0.end_input');
  const result = await api(site, 'query', {
    query: 'up',
    time: Date.parse(`${time.replace(' ', 'T')}Z`) / 1000,
  });
  const shown = await page.locator('[data-testid=result-table] tbody tr td:last-child').allTextContents();
  assert.deepEqual(shown.sort(), result.map((s) => s.value[1]).sort());
  await page.context().close();
});
