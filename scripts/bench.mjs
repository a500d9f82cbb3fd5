// Weir beside a real Prometheus: one generator, both scrape it at the same time, ratios of one run.
//
// PROMETHEUS names the other binary (default: prometheus in PATH), PROMETHEUS_VERSION its version where it does not say it. BENCH_SECONDS is the measured window (120).
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const TARGETS = 100;
const LINES = 1000;
const INTERVAL = 5;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 120);
const WARM = 45;
const QUERY_ROUNDS = 31;
const BENCH_QUERIES = [
  ["range: sum(rate(x[1m]))", "sum(rate(bench_requests_total[1m]))", true],
  ["range: sum by (instance) (rate(x[1m]))", "sum by (instance) (rate(bench_requests_total[1m]))", true],
  ["range: histogram_quantile(0.99, …)", "histogram_quantile(0.99, sum by (le) (rate(bench_seconds_bucket[1m])))", true],
  ["instant: sum(rate(x[1m]))", "sum(rate(bench_requests_total[1m]))", false],
  ["instant: count({__name__=~\".+\"})", 'count({__name__=~".+"})', false],
];
const FLUX_QUERIES = [
  ["range: sum(rate(x[1m]))", "sum(rate(rest_client_requests_total[1m]))", true],
  ["range: histogram_quantile(0.99, …), Flux", "histogram_quantile(0.99, sum by (le, kind) (rate(gotk_reconcile_duration_seconds_bucket[1m])))", true],
  ["range: histogram_quantile(0.99, …), apiserver", "histogram_quantile(0.99, sum by (le, verb) (rate(apiserver_request_duration_seconds_bucket[1m])))", true],
  ["instant: gotk_resource_info by kind", "count by (customresource_kind, ready) (gotk_resource_info)", false],
  ["instant: count({__name__=~\".+\"})", 'count({__name__=~".+"})', false],
];
const recording = join(process.env.WEIR_SHARED ?? join(process.cwd(), "../shared"), "recordings/flux-2.9.tar.zst");
const prometheus = process.env.PROMETHEUS ?? "prometheus";
const weir = resolve(process.env.CARGO_TARGET_DIR ?? "target", "release/weir");

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// A fifth of the lines change from one scrape to the next; which ones depends on the line and the tick alone.
let made = { tick: -1, body: "" };
function body() {
  const tick = Math.floor(Date.now() / 1000 / INTERVAL);
  if (made.tick === tick) return made.body;
  const out = ["# TYPE bench_seconds histogram"];
  const value = (i) => Math.floor((tick + (i % 5)) / 5) * ((i % 7) + 1) + i;
  for (let i = 0; i < LINES * 0.6; i++) {
    out.push(`bench_seconds_bucket{handler="h${Math.floor(i / 12)}",method="GET",le="${[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, "+Inf"][i % 12]}"} ${Math.floor((tick + (Math.floor(i / 12) % 5)) / 5) * (1 + (i % 12))}`);
  }
  out.push("# TYPE bench_requests_total counter");
  for (let i = 0; i < LINES * 0.3; i++) out.push(`bench_requests_total{handler="h${i}",code="200",method="GET"} ${value(i)}`);
  out.push("# TYPE bench_level gauge");
  for (let i = 0; i < LINES * 0.1; i++) out.push(`bench_level{shard="s${i}",kind="gauge"} ${(((tick + (i % 5)) / 5) | 0) % 97}.5`);
  made = { tick, body: `${out.join("\n")}\n` };
  return made.body;
}

function startGenerator() {
  const server = createServer((request, response) => {
    const text = body();
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4", "content-length": Buffer.byteLength(text) });
    response.end(text);
  });
  server.keepAliveTimeout = 60_000;
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

const head = `global: {scrape_interval: ${INTERVAL}s, scrape_timeout: ${INTERVAL}s}\nscrape_configs:\n`;

function configuration(port) {
  const targets = Array.from({ length: TARGETS }, (_, i) => `  - targets: ["127.0.0.1:${port}"]\n    labels: {__metrics_path__: "/t/${i}/metrics", instance: "t${i}"}`);
  return `${head}- job_name: bench\n  static_configs:\n${targets.join("\n")}\n`;
}

const usage = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss: Number(rss[1]) * 1024 };
};
const disk = (folder) => Number(execFileSync("du", ["-sb", folder], { encoding: "utf8" }).split("\t")[0]);

async function get(port, path) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

async function ready(port) {
  const begun = performance.now();
  while (performance.now() - begun < 60_000) {
    try {
      if ((await get(port, "/-/ready")).status === 200) return (performance.now() - begun) / 1000;
    } catch {}
    await sleep(10);
  }
  throw new Error(`nothing is ready on port ${port}`);
}

async function latency(port, [, expr, isRange]) {
  const end = Math.floor(Date.now() / 1000);
  const query = encodeURIComponent(expr);
  const path = isRange
    ? `/api/v1/query_range?query=${query}&start=${end - SECONDS}&end=${end}&step=1`
    : `/api/v1/query?query=${query}&time=${end}`;
  const begun = performance.now();
  const { text } = await get(port, path);
  if (!text.startsWith('{"status":"success"')) throw new Error(`${expr}: ${text.slice(0, 200)}`);
  return performance.now() - begun;
}

const row = (name, a, b, unit, digits = 2) => [name, a.toFixed(digits), b.toFixed(digits), unit, (a / b).toFixed(2)];

/** Both scrape the same targets; gives the rows of a table and the seconds until weir was ready. */
async function measure(config, queries, children) {
  const work = mkdtempSync(join(tmpdir(), "bench-"));
  try {
    writeFileSync(join(work, "prometheus.yml"), config);
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const start = (binary, folder, at, ...more) => {
      const args = ["--config.file=prometheus.yml", `--storage.tsdb.path=${folder}`, `--web.listen-address=127.0.0.1:${at}`];
      const child = spawn(binary, [...more, ...args], { cwd: work, stdio: "ignore" });
      children.push(child);
      return { child, pid: child.pid, port: at };
    };
    const ours = start(weir, "weir", port, "up", "--web.dashboards-address=off");
    const startSeconds = await ready(port);
    const theirs = start(prometheus, "prometheus", port + 1);
    await ready(port + 1);
    await sleep(WARM * 1000);
    const before = [usage(ours.pid), usage(theirs.pid)];
    await sleep(SECONDS * 1000);
    const after = [usage(ours.pid), usage(theirs.pid)];
    const counted = JSON.parse((await get(port, "/api/v1/query?query=sum(scrape_samples_scraped%2B5)")).text);
    const samples = (Number(counted.data.result[0].value[1]) * SECONDS) / INTERVAL;
    const rows = [
      row("CPU per sample", ((after[0].cpu - before[0].cpu) / samples) * 1e6, ((after[1].cpu - before[1].cpu) / samples) * 1e6, "µs"),
      row("resident memory", after[0].rss / 2 ** 20, after[1].rss / 2 ** 20, "MiB", 0),
      row("bytes on disk", disk(join(work, "weir")) / 2 ** 20, disk(join(work, "prometheus")) / 2 ** 20, "MiB", 1),
    ];
    for (const query of queries) {
      const times = [[], []];
      for (let i = 0; i < QUERY_ROUNDS; i++) {
        times[0].push(await latency(ours.port, query));
        times[1].push(await latency(theirs.port, query));
      }
      rows.push(row(query[0], median(times[0]), median(times[1]), "ms", 1));
    }
    for (const { child } of [ours, theirs]) {
      child.kill("SIGTERM");
      await new Promise((done) => child.once("exit", done));
    }
    return { rows, startSeconds };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const children = [];
try {
  // A binary that was built from source does not know its version; PROMETHEUS_VERSION says it then.
  const said = execFileSync(prometheus, ["--version"], { encoding: "utf8" }).split("\n")[0];
  const version = process.env.PROMETHEUS_VERSION ?? said;
  const sections = [];
  const add = (title, { rows, startSeconds }) => {
    const table = ["| | Weir | Prometheus | unit | ratio |", "|---|---|---|---|---|", ...rows.map((r) => `| ${r.join(" | ")} |`)];
    const section = `## ${title}\n\n${table.join("\n")}\n\nStart to ready: ${startSeconds.toFixed(2)} s.`;
    console.log(`${section}\n`);
    sections.push(section);
  };
  const generator = await startGenerator();
  const synthetic = await measure(configuration(generator.address().port), BENCH_QUERIES, children);
  generator.close();
  generator.closeAllConnections();
  add(`${TARGETS} targets of ${LINES} lines, every ${INTERVAL} s, 20 % changing`, synthetic);
  if (existsSync(recording)) {
    const port = 15_000 + Math.floor(Math.random() * 5_000);
    children.push(spawn(weir, ["replay", recording, "--loop", "--speed=3", `--listen=127.0.0.1:${port}`], { stdio: "ignore" }));
    for (let i = 0; i < 200; i++) {
      if (await get(port, "/targets").then((r) => r.status === 200, () => false)) break;
      await sleep(100);
    }
    const config = `${head}- job_name: flux\n  http_sd_configs: [{url: "http://127.0.0.1:${port}/targets"}]\n`;
    add(`flux-2.9 replayed three times as fast, every ${INTERVAL} s`, await measure(config, FLUX_QUERIES, children));
  } else {
    console.log(`skipped: ${recording} is absent`);
  }
  const page = readFileSync("docs/benchmarks.md", "utf8");
  const intro = page.split("\n## ")[0].trimEnd();
  // scripts/bench-cluster writes that section.
  const cluster = page.split("\n## A cluster\n")[1];
  if (cluster) sections.push(`## A cluster\n${cluster.trimEnd()}`);
  const binary = readFileSync(weir).length / 2 ** 20;
  const note = `Last run: ${version}; measured over ${SECONDS} s after ${WARM} s to warm up; queries: median of ${QUERY_ROUNDS}, in turn, range queries over ${SECONDS} s with a step of 1 s. Memory is taken before the queries. Binary: ${binary.toFixed(1)} MiB.`;
  const kept = intro.replace(/\n+Last run:[^\n]*/, "");
  writeFileSync("docs/benchmarks.md", `${kept}\n\n${note}\n\n${sections.join("\n\n")}\n`);
} finally {
  for (const child of children) child.kill("SIGTERM");
  await sleep(1500);
  for (const child of children) child.kill("SIGKILL");
}
process.exit(0);
