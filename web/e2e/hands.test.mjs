// What hands know from Grafana.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openPage, openSite, settle } from './site.mjs';

let site;
before(async () => {
  site = await openSite();
});
after(() => site.close());

async function open(uid, search = '') {
  const page = await openPage(site);
  await page.goto(`${site.url}/d/${uid}${search}`);
  await settle(page);
  return page;
}

const params = (page) => new URL(page.url()).searchParams;
const chart = (page) => page.locator('[data-type=timeseries][data-state=ready]').first();

async function span(page) {
  await page.waitForFunction(() => /^\d+$/.test(new URL(location.href).searchParams.get('from') ?? ''));
  return Number(params(page).get('to')) - Number(params(page).get('from'));
}

test('drag zooms in, double click zooms out, the address follows', async () => {
  // A short range: a weir that has just begun has no more.
  const page = await open('gitops-toolkit-control-plane', '?from=now-2m&to=now&refresh=');
  assert.match(page.url(), /\/d\/gitops-toolkit-control-plane\/[a-z-]+/);
  await chart(page).scrollIntoViewIfNeeded();
  await settle(page);
  const box = await chart(page).locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.85, box.y + 60, { steps: 6 });
  await page.mouse.up();
  const near = await span(page);
  const whole = 2 * 60_000;
  assert.ok(near > whole * 0.2 && near < whole * 0.3, `a quarter of the range, not ${near} ms`);
  await settle(page);
  await page.mouse.dblclick(box.x + box.width * 0.5, box.y + 50);
  await page.waitForFunction(
    (before) =>
      Number(new URL(location.href).searchParams.get('to')) -
        Number(new URL(location.href).searchParams.get('from')) >
      before * 1.5,
    near,
  );
  assert.equal(await span(page), near * 2);
  await page.goBack();
  assert.equal(await span(page), near);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('keys: range, refresh, help, full screen', async () => {
  const page = await open('gitops-toolkit-control-plane', '?from=now-15m&to=now&refresh=');
  await page.keyboard.press('t');
  await page.keyboard.press('z');
  assert.equal(Math.round((await span(page)) / 60_000), 30);
  const from = Number(params(page).get('from'));
  await page.keyboard.press('t');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((old) => Number(new URL(location.href).searchParams.get('from')) < old, from);
  assert.equal(from - Number(params(page).get('from')), 15 * 60_000);
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.goto(`${site.url}/d/gitops-toolkit-control-plane?from=now-2m&to=now&refresh=`);
  await settle(page);
  await chart(page).scrollIntoViewIfNeeded();
  await chart(page).hover();
  const key = await chart(page).getAttribute('data-panel');
  await page.keyboard.press('v');
  await page.waitForFunction(() => new URL(location.href).searchParams.has('viewPanel'));
  assert.equal(params(page).get('viewPanel'), key);
  await settle(page);
  assert.equal(await page.locator('[data-testid=panel]').count(), 1);
  const high = await page.locator('[data-testid=panel]').boundingBox();
  assert.ok(high.height > 600, `full screen is ${high.height} px high`);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !new URL(location.href).searchParams.has('viewPanel'));
  const asked = page.waitForRequest((r) => r.url().includes('/api/v1/query'));
  await page.goto(`${site.url}/d/gitops-toolkit-control-plane?refresh=`);
  await asked;
  await settle(page);
  const again = page.waitForRequest((r) => r.url().includes('/api/v1/query'));
  await page.waitForTimeout(1100);
  await page.keyboard.press('r');
  await again;
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('a legend entry isolates, ctrl hides', async () => {
  const page = await open('gitops-toolkit-control-plane');
  const panel = page
    .locator('[data-type=timeseries][data-state=ready]', {
      has: page.locator('[data-testid=legend-item] >> nth=1'),
    })
    .first();
  await panel.scrollIntoViewIfNeeded();
  await settle(page);
  const items = panel.locator('[data-testid=legend-item]');
  const pressed = () =>
    items.evaluateAll((all) => all.map((item) => item.getAttribute('aria-pressed') === 'true'));
  const count = await items.count();
  assert.ok(count >= 2);
  await items.nth(0).click();
  assert.deepEqual(await pressed(), [true, ...Array(count - 1).fill(false)]);
  await items.nth(0).click();
  assert.deepEqual(await pressed(), Array(count).fill(true));
  await items.nth(1).click({ modifiers: ['Control'] });
  assert.deepEqual(await pressed(), [true, false, ...Array(count - 2).fill(true)]);
  await page.context().close();
});

test('the crosshair is shared, the tooltip is not', async () => {
  const page = await openPage(site, { height: 2400 });
  await page.goto(`${site.url}/d/gitops-toolkit-control-plane`);
  await settle(page, true);
  const box = await chart(page).locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 30);
  await page.mouse.move(box.x + box.width / 2 + 3, box.y + 32);
  await page.waitForSelector('[data-testid=tooltip]');
  assert.equal(await page.locator('[data-testid=tooltip]').count(), 1);
  const shown = await page
    .locator('.u-cursor-x')
    .evaluateAll(
      (all) =>
        all.filter((e) => !e.classList.contains('u-off') && !e.style.transform.startsWith('translate(-'))
          .length,
    );
  assert.ok(shown >= 2, `${shown} crosshairs`);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('variables live in the address', async () => {
  const page = await open('gitops-toolkit-cluster');
  const button = page
    .locator('button[aria-haspopup=dialog]', { has: page.locator('[data-testid^=variable-]') })
    .first();
  const name = (await button.locator('[data-testid^=variable-]').getAttribute('data-testid')).replace(
    'variable-',
    '',
  );
  await button.click();
  const options = page.getByRole('option');
  await options.first().waitFor();
  const texts = await options.allTextContents();
  const other = options.nth(texts.findIndex((text) => text !== 'All'));
  const wanted = (await other.textContent()).trim();
  await other.click();
  await page.keyboard.press('Escape');
  await page.waitForFunction((n) => new URL(location.href).searchParams.has(`var-${n}`), name);
  assert.deepEqual(params(page).getAll(`var-${name}`), [wanted]);
  await settle(page);
  await page.reload();
  await settle(page);
  assert.equal((await page.locator(`[data-testid=variable-${name}]`).textContent()).trim(), wanted);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('rows fold', async () => {
  const page = await open('gitops-toolkit-cluster');
  const row = page.locator('[data-testid=row]').first();
  await row.scrollIntoViewIfNeeded();
  const before = await page.locator('[data-testid=panel]').count();
  await row.click();
  assert.equal(await row.getAttribute('aria-expanded'), 'false');
  assert.ok((await page.locator('[data-testid=panel]').count()) < before);
  await row.click();
  assert.equal(await page.locator('[data-testid=panel]').count(), before);
  await page.context().close();
});

test('tables sort and filter', async () => {
  const page = await openPage(site, { height: 2000 });
  await page.goto(`${site.url}/d/gitops-toolkit-cluster`);
  await settle(page, true);
  const panel = page.locator('[data-type=table][data-state=ready]').first();
  const header = panel.locator('th', { hasText: 'Name' }).last();
  const column = await header.evaluate((th) => th.cellIndex);
  const cells = () =>
    panel
      .locator('[data-testid=table-row]')
      .evaluateAll((rows, at) => rows.map((row) => row.cells[at].textContent), column);
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  await header.locator('button').first().click();
  assert.equal(await header.getAttribute('aria-sort'), 'ascending');
  const up = await cells();
  assert.deepEqual(up, [...up].sort(collator.compare));
  await header.locator('button').first().click();
  const down = await cells();
  assert.deepEqual(
    down,
    [...down].sort((a, b) => collator.compare(b, a)),
  );
  const title = (await header.locator('button').first().textContent()).trim();
  const filter = panel.getByRole('button', { name: `Filter ${title}`, exact: true });
  if ((await filter.count()) > 0) {
    await filter.click();
    await page.getByRole('checkbox').first().check();
    await page.keyboard.press('Escape');
    assert.equal(new Set(await cells()).size, 1);
  }
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('CSV, link and explore from the menu', async () => {
  const page = await open('gitops-toolkit-control-plane');
  await chart(page).scrollIntoViewIfNeeded();
  await settle(page);
  const menu = chart(page).getByRole('button', { name: /^Menu of/ });
  await chart(page).hover();
  await menu.click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download CSV' }).click();
  const file = await download;
  assert.match(file.suggestedFilename(), /\.csv$/);
  const lines = readFileSync(await file.path(), 'utf8')
    .trim()
    .split('\r\n');
  assert.match(lines[0], /^Time,/);
  assert.ok(lines.length > 3, `${lines.length} lines`);
  assert.match(lines[1], /^\d{4}-\d\d-\d\dT[\d:.]+Z,/);
  await chart(page).hover();
  await menu.click();
  await page.getByRole('button', { name: 'Copy link' }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /viewPanel=.*|from=\d+/);
  await chart(page).hover();
  await menu.click();
  await page.getByRole('button', { name: 'Explore the query' }).click();
  await page.waitForSelector('[data-testid=timeseries] canvas');
  assert.match(page.url(), /\/explore\?g0\.expr=/);
  assert.deepEqual(page.faults, []);
  await page.context().close();
});

test('refresh and range pickers', async () => {
  const page = await open('gitops-toolkit-cluster');
  await page.getByRole('button', { name: /^Time range/ }).click();
  await page.getByRole('option', { name: 'Last 5 minutes' }).click();
  await page.waitForFunction(() => new URL(location.href).searchParams.get('from') === 'now-5m');
  assert.equal(await page.locator('[data-testid=time-range]').textContent(), 'Last 5 minutes');
  await page.getByRole('button', { name: /^Refresh (every|is)/ }).click();
  await page.getByRole('button', { name: 'Off', exact: true }).click();
  await page.waitForFunction(() => new URL(location.href).searchParams.get('refresh') === '');
  await page.getByRole('button', { name: /^Time range/ }).click();
  await page.getByLabel('From').fill('now-2h');
  await page.getByLabel('To', { exact: true }).fill('now-1h');
  await page.getByRole('button', { name: 'Apply range' }).click();
  await page.waitForFunction(() => new URL(location.href).searchParams.get('to') === 'now-1h');
  await page.context().close();
});

test('explore: write, complete, run, see errors', async () => {
  const page = await openPage(site);
  await page.goto(`${site.url}/explore`);
  await page.locator('.cm-content').click();
  await page.keyboard.type('sum(u');
  await page.waitForSelector('.cm-tooltip-autocomplete');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('up');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-testid=result-table]');
  assert.equal(params(page).get('g0.expr'), 'sum(up)');
  await page.getByRole('tab', { name: 'Graph' }).click();
  await page.waitForSelector('[data-testid=timeseries] canvas');
  assert.deepEqual(page.faults, []);
  await page.goto(`${site.url}/explore?g0.expr=${encodeURIComponent('sum(!!')}&g0.tab=table`);
  await page.waitForSelector('main [role=alert]');
  assert.match(await page.locator('main [role=alert]').textContent(), /parse error/);
  await page.context().close();
});

test('theme and zone are remembered', async () => {
  const page = await openPage(site, { theme: 'dark' });
  await page.goto(`${site.url}/targets`);
  await page.getByRole('button', { name: 'Change to the light theme' }).click();
  await page.getByRole('button', { name: 'Local time' }).click();
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'light');
  await page.getByRole('button', { name: 'UTC' }).waitFor();
  await page.goto(`${site.url}/targets?theme=dark`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.context().close();
});

test('unknown pages and dashboards say so', async () => {
  const page = await openPage(site);
  await page.goto(`${site.url}/nowhere`);
  await page.getByText('There is no such page.').waitFor();
  await page.goto(`${site.url}/d/no-such-dashboard`);
  await page.getByText(/could not be read/).waitFor();
  await page.context().close();
});
