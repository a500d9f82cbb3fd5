// The Flux dashboards of 2021, 2023 and now, and our own, over recordings of real control planes of both generations:
// everything opens, shows data and the API's numbers.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { launch } from './browser.mjs';
import { openPage, panelStates, results } from './site.mjs';
import { api, checkDashboard } from './values.mjs';

const shared = process.env.WEIR_SHARED ?? resolve(import.meta.dirname, '../../../shared');
const weir = process.env.WEIR_BIN;
const OURS = ['gitops-toolkit-cluster', 'gitops-toolkit-control-plane'];
const THEIRS = ['flux-cluster', 'flux-control-plane'];

// Recording, folder of dashboards, uids, and at least how many panels of each have data.
const ROWS = [
  { recording: 'flux-2.1', folder: 'dashboards-2021', uids: THEIRS, filled: [8, 13] },
  { recording: 'flux-2.1', folder: 'dashboards-2023', uids: THEIRS, filled: [8, 15] },
  { recording: 'flux-2.9', folder: 'dashboards-now', uids: THEIRS, filled: [11, 15] },
  { recording: 'flux-2.1', folder: null, uids: OURS, filled: [11, 17] },
  { recording: 'flux-2.9', folder: null, uids: OURS, filled: [11, 18] },
];

const freePort = () =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

async function start(dir, folder) {
  const files = folder ? [join(shared, 'reference/flux', folder, '*.json')] : [];
  writeFileSync(join(dir, 'weir.yml'), JSON.stringify({ dashboard_files: files }));
  const port = await freePort();
  const flags = [
    'up',
    '--config.file=weir.yml',
    '--storage.tsdb.path=data',
    '--storage.tsdb.retention.time=100y',
  ];
  const addresses = [`--web.listen-address=127.0.0.1:${port}`, '--web.dashboards-address=off'];
  const child = spawn(weir, [...flags, ...addresses], { cwd: dir, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 300; i += 1) {
    if (
      await fetch(`${url}/-/ready`).then(
        (r) => r.ok,
        () => false,
      )
    )
      break;
    await new Promise((done) => setTimeout(done, 100));
  }
  return { url, child };
}

for (const recording of ['flux-2.1', 'flux-2.9']) {
  const path = join(shared, 'recordings', `${recording}.tar.zst`);
  const absent = !weir ? 'WEIR_BIN is not set' : existsSync(path) ? false : `${path} is absent`;
  test(`dashboards over ${recording}`, { skip: absent && `skipped: ${absent}` }, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'weir-e2e-'));
    const browser = await launch();
    try {
      execFileSync(weir, ['replay', path, '--backfill', '--storage.tsdb.path=data'], {
        cwd: dir,
        stdio: 'ignore',
      });
      for (const row of ROWS.filter((r) => r.recording === recording)) {
        await t.test(row.folder ?? 'our own', () => compare(browser, dir, row));
      }
    } finally {
      await browser.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

async function compare(browser, dir, { recording, folder, uids, filled }) {
  const { url, child } = await start(dir, folder);
  const site = { url, browser };
  try {
    const tsdb = await (await fetch(`${url}/api/v1/status/tsdb`)).json();
    const to = tsdb.data.headStats.maxTime;
    const [{ value }] = await api(site, 'query', { query: 'count(up)', time: to / 1000 });
    assert.ok(Number(value[1]) >= 4, `${value[1]} targets`);
    for (const [index, uid] of uids.entries()) {
      const page = await openPage(site);
      const seen = await checkDashboard(site, page, uid, to - 600_000, to);
      const states = await panelStates(page);
      const faulty = states.filter(
        (p) => ['loading', 'failed', 'stale'].includes(p.state) || p.type === 'unsupported',
      );
      assert.deepEqual(faulty, []);
      assert.deepEqual(page.faults, []);
      const name = `${folder ?? 'our-own'}-${recording}-${uid}`;
      await page.screenshot({ path: join(results, `${name}.png`), fullPage: true });
      console.log(
        `${name}: ${seen.filled} of ${seen.panels} panels have data, ${seen.checked} values and rows agree`,
      );
      assert.ok(seen.filled >= filled[index], `${name}: only ${seen.filled} panels have data`);
      await page.context().close();
    }
  } finally {
    child.kill();
    await new Promise((done) => child.once('exit', done));
  }
}
