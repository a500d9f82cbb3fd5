// What panels show against what the API says: the queries are taken from the expansion that the page asked for,
// evaluated again here, and reduced here.
import assert from 'node:assert/strict';
import { settle } from './site.mjs';

export async function api(site, path, params) {
  const response = await fetch(`${site.url}/api/v1/${path}?${new URLSearchParams(params)}`);
  const body = await response.json();
  assert.equal(body.status, 'success', JSON.stringify(body));
  return body.data.result;
}

const number = (text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text));

/** Series as lists of numbers. */
async function evaluate(site, query, from, to) {
  if (query.instant) {
    const result = await api(site, 'query', { query: query.expr, time: to / 1000 });
    return result.map((s) => ({ labels: s.metric, values: [number(s.value[1])] }));
  }
  const floor = (ms) => (Math.floor(ms / query.stepMs) * query.stepMs) / 1000;
  const result = await api(site, 'query_range', {
    query: query.expr,
    start: floor(from),
    end: floor(to),
    step: query.stepMs / 1000,
  });
  return result.map((s) => ({ labels: s.metric, values: s.values.map(([, v]) => number(v)) }));
}

const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const REDUCE = {
  last: (values) => values.at(-1),
  lastNotNull: (values) => values.filter((v) => !Number.isNaN(v)).at(-1),
  mean: (values) => mean(values.filter((v) => !Number.isNaN(v))),
  max: (values) => Math.max(...values.filter((v) => !Number.isNaN(v))),
  min: (values) => Math.min(...values.filter((v) => !Number.isNaN(v))),
};

function near(shown, expected) {
  if (Number.isNaN(expected)) return shown === '' || shown === 'NaN';
  return Math.abs(Number(shown) - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}

async function checkNumbers(page, panel, model, series) {
  const box = page.locator(`[data-panel="${panel.key}"]`);
  const kind = model.type;
  const shown = await box
    .locator(`[data-testid=${kind}-value]`)
    .evaluateAll((all) => all.map((e) => ({ value: e.dataset.value, text: e.textContent })));
  if (series.length === 0) {
    assert.ok(
      model.field.noValue === '' || shown[0]?.text === model.field.noValue,
      `${panel.title}: noValue`,
    );
    return 0;
  }
  const calc = model.options.reduce.calcs[0] ?? 'lastNotNull';
  assert.equal(
    shown.length,
    series.length,
    `${panel.title}: ${shown.length} values for ${series.length} series`,
  );
  series.forEach((s, i) => {
    const expected = REDUCE[calc](s.values);
    assert.ok(
      near(shown[i].value, expected),
      `${panel.title}: shows ${shown[i].value}, the API gives ${expected} (${calc})`,
    );
    assert.match(shown[i].text, /\S/);
  });
  return series.length;
}

async function checkTable(page, panel, series) {
  const rows = page.locator(`[data-panel="${panel.key}"] [data-testid=table-row]`);
  const shown = await rows.evaluateAll((all) =>
    all.map((row) => [...row.cells].map((cell) => cell.dataset.raw)),
  );
  assert.equal(shown.length, Math.min(series.length, 200), `${panel.title}: rows`);
  // Every row is a series: its cells are values of that series' labels, or its sample.
  for (const cells of shown) {
    const fits = series.some((s) => {
      const known = new Set([...Object.values(s.labels), ...s.values.map(String), '']);
      return cells.every((cell) => known.has(cell));
    });
    assert.ok(fits, `${panel.title}: no series has the cells ${JSON.stringify(cells)}`);
  }
  return shown.length;
}

/** Opens a dashboard and compares each panel; gives how many values and rows agreed, and how many panels had data. */
export async function checkDashboard(site, page, uid, from, to) {
  const expanded = page.waitForResponse((r) => r.url().endsWith('/expand') && r.ok());
  await page.goto(`${site.url}/d/${uid}?from=${from}&to=${to}&refresh=`);
  const expansion = await (await expanded).json();
  const dashboard = await (await fetch(`${site.url}/api/dashboards/uid/${uid}`)).json();
  await settle(page, true);
  let checked = 0;
  let filled = 0;
  for (const panel of expansion.panels) {
    const model = dashboard.panels.find((p) => p.key === panel.source);
    if (panel.queries.length === 0) continue;
    const lists = await Promise.all(panel.queries.map((query) => evaluate(site, query, from, to)));
    const series = lists.flat();
    if (series.length > 0) filled += 1;
    if (['stat', 'gauge', 'bargauge'].includes(model.type))
      checked += await checkNumbers(page, panel, model, series);
    if (model.type === 'table' && panel.queries.length === 1)
      checked += await checkTable(page, panel, series);
    if (model.type === 'timeseries') {
      const canvas = await page.locator(`[data-panel="${panel.key}"] canvas`).count();
      const message = `${panel.title}: ${series.length} series, ${canvas} canvas`;
      assert.equal(canvas > 0, series.length > 0, message);
    }
  }
  return { checked, filled, panels: expansion.panels.filter((p) => p.queries.length > 0).length };
}
