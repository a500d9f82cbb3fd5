// What a cluster of 10,000 pods and 30 monitors costs; replaces its section of docs/benchmarks.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { apiPort, apply, children, controlPlane, file, kubeconfig, kubectl, port, run, sleep, start, until, weirBinary, work } from './cluster-harness.mjs';
import { ask, faultyProxy } from './faulty-proxy.mjs';

const [PODS, MONITORS, APPS, ROUNDS] = [Number(process.env.WEIR_PODS ?? 10_000), 30, 100, 5];
const weirPort = await port();
const api = async (path) => (await (await fetch(`http://127.0.0.1:${weirPort}/api/v1/${path}`)).json()).data;
const query = async (expr) => (await api(`query?query=${encodeURIComponent(expr)}`)).result;
const resident = () => Number(readFileSync(`/proc/${children.get('weir').pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const monitor = (name, app, interval) => ({
  apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: { name, namespace: 'monitoring' },
  spec: { namespaceSelector: { matchNames: ['load'] }, selector: { matchLabels: { app } }, podMetricsEndpoints: [{ port: 'web', interval }] },
});
const metrics = createServer((_, response) => response.end('a 1\n'));
const rows = [];

async function setUp() {
  await controlPlane();
  await new Promise((done) => metrics.listen(0, '127.0.0.1', done));
  children.set('metrics', { kill: () => (metrics.closeAllConnections(), metrics.close()), exitCode: null, once: (_, done) => done() });
  kubectl(['apply', '-f', 'deploy/crds/monitoring.yaml']);
  kubectl(['apply', '-k', 'deploy/kustomize']);
  apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'load' } });
  const token = kubectl(['create', 'token', 'weir', '-n', 'monitoring', '--duration=2h']).trim();
  const config = file('weir.yml', 'global: {scrape_interval: 15s}\n');
  start('weir', weirBinary, [
    'up', '--kubernetes', `--kubernetes.kubeconfig=${kubeconfig('weir.kubeconfig', token)}`, '--demo=off', `--config.file=${config}`, `--storage.tsdb.path=${join(work, 'store')}`,
    `--web.listen-address=127.0.0.1:${weirPort}`, '--web.dashboards-address=off',
  ]);
  await until('Weir is ready', async () => (await fetch(`http://127.0.0.1:${weirPort}/-/ready`)).ok, 60);
}

async function pods() {
  const proxy = await faultyProxy(apiPort);
  const path = '/api/v1/namespaces/load/pods';
  const pod = (i) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${i}`, namespace: 'load', labels: { app: `app-${i % APPS}` } }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x', ports: [{ name: 'web', containerPort: metrics.address().port }] }] } });
  const ready = { status: { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions: [{ type: 'Ready', status: 'True' }] } };
  const all = Array.from({ length: PODS }, (_, i) => i);
  await ask(proxy.port, 'admin-token', all.map((i) => ['POST', path, pod(i)]), 32);
  await ask(proxy.port, 'admin-token', all.map((i) => ['PATCH', `${path}/pod-${i}/status`, ready]), 32);
  proxy.close();
}

async function measure() {
  const before = resident();
  await pods();
  console.log(`     resident memory with pods: ${resident().toFixed(0)} MiB`);
  apply(...Array.from({ length: MONITORS }, (_, i) => monitor(`load-${i}`, `app-${i}`, '60s')));
  const targets = (PODS / APPS) * MONITORS;
  await until(`${targets} targets`, async () => (await query('count(up{job=~"monitoring/load-.*"})'))[0]?.value[1] === String(targets), 180);
  rows.push([`resident memory before, and with ${PODS} pods, ${MONITORS} monitors and ${targets} targets`, `${before.toFixed(0)} MiB, ${resident().toFixed(0)} MiB`]);
  const families = ['kube_pod_info', 'kube_pod_status_phase', 'kube_pod_container_status_restarts_total', 'kube_pod_container_resource_requests'];
  apply({ apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: { name: 'pods', namespace: 'monitoring' }, spec: { groups: [{ name: 'pods', rules: families.map((family) => ({ alert: 'Never', expr: `${family} > 1e9` })) }] } });
  await until('metrics of all pods', async () => (await query('count(kube_pod_info)'))[0]?.value[1] === String(PODS), 120);
  rows.push([`and when a rule names ${families.length} families of pods`, `${resident().toFixed(0)} MiB`]);
  const times = [];
  for (let i = 0; i < ROUNDS; i += 1) {
    const begun = Date.now();
    apply(monitor(`new-${i}`, `app-${APPS - 1}`, '1s'));
    const applied = Date.now();
    if (!(await until('a new object is scraped', async () => (await query(`up{job="monitoring/new-${i}"}`)).length > 0, 60))) return;
    times.push([Date.now() - applied, Date.now() - begun]);
    await sleep(500);
  }
  times.sort((a, b) => a[0] - b[0]);
  rows.push(['from a monitor\'s creation to its first scrape, middle of five', `${(times[2][0] / 1000).toFixed(1)} s`]);
}

// Without a cluster.
function relabelled() {
  const text = execFileSync('cargo', ['bench', '-q', '-p', 'scrape', '--bench', 'targets'], { encoding: 'utf8' });
  rows.push(['targets relabelled a second, by the rules of a PodMonitor', text.match(/relabelled: (\d+)/)[1]]);
  rows.push(['one of 10,000 pods has changed: relabelling, for each job', `${text.match(/changed: ([\d.]+)/)[1]} ms`]);
}

function write() {
  const title = '## A cluster';
  const text = readFileSync('docs/benchmarks.md', 'utf8');
  const kept = text.split(`\n${title}\n`)[0].trimEnd();
  const table = rows.map(([what, figure]) => `| ${what} | ${figure} |`).join('\n');
  writeFileSync('docs/benchmarks.md', `${kept}\n\n${title}\n\nA real kube-apiserver 1.36.3 and etcd on the same two cores (\`scripts/bench-cluster\`).\n\n| what | figure |\n|---|---|\n${table}\n`);
  console.log(table);
}

await run('bench-cluster', async () => {
  await setUp();
  await measure();
  relabelled();
  write();
}, ['weir']);
