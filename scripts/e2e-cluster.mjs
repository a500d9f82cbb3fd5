// The way of a monitor, a rule, a dashboard and a Flux object through a real API server; faults; least privilege.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { apiPort, apiServer, apply, asked, check, children, controlPlane, crd, create, file, kill, kubeconfig, kubectl, port, remove, run, sleep, start, status, until, weirBinary, work } from './cluster-harness.mjs';
import { ask, faultyProxy } from './faulty-proxy.mjs';

const [weirPort, sinkPort, metricsPort] = [await port(), await port(), await port()];
// How long the API server is away.
const awaySeconds = Number(process.env.WEIR_AWAY_SECONDS ?? 120);
const alerts = [];

// Weir.
const api = async (path) => (await (await fetch(`http://127.0.0.1:${weirPort}/api/v1/${path}`)).json()).data;
const query = async (expr) => (await api(`query?query=${encodeURIComponent(expr)}`)).result;
const pools = async () => (await api('scrape_pools')).scrapePools;
const monitored = async (name) => (await api('monitors')).objects.find((object) => object.name === name);

const monitoring = (kind, name, spec, version = 'v1') => ({
  apiVersion: `monitoring.coreos.com/${version}`, kind, metadata: { name, namespace: 'monitoring' }, spec,
});
const podMonitor = (name, port, app = 'kustomize-controller') =>
  monitoring('PodMonitor', name, {
    namespaceSelector: { matchNames: ['flux-system'] }, selector: { matchLabels: { app } }, podMetricsEndpoints: [{ port, interval: '1s' }],
  });
const kustomization = { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', metadata: { name: 'apps', namespace: 'flux-system' }, spec: { interval: '1m', path: './', prune: true, sourceRef: { kind: 'GitRepository', name: 'flux-system' } } };
const ready = (value) => ({ conditions: [{ type: 'Ready', status: value, reason: 'Test', message: 'm', lastTransitionTime: '2026-11-24T00:00:00Z' }] });
const literal = readFileSync('deploy/rules/flux-guide-literal.yaml', 'utf8').match(/expr: \|\n([\s\S]*?)\n {4}for:/)[1];

async function scenario() {
  await controlPlane();
  kubectl(['apply', '-f', 'deploy/crds/monitoring.yaml']);
  kubectl(['apply', '-k', 'deploy/kustomize']);
  apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } },
    crd('kustomize.toolkit.fluxcd.io', 'kustomizations', 'Kustomization'),
    crd('source.toolkit.fluxcd.io', 'gitrepositories', 'GitRepository'),
  );
  const sink = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data)).on('end', () => (alerts.push(JSON.parse(body)), response.end()));
  }).listen(sinkPort, '127.0.0.1');
  children.set('sink', { kill: () => sink.close(), exitCode: null, once: (_, done) => done() });
  await up();
  await monitors();
  await objectMetrics();
  await guide();
  await faults();
  await connection();
  await privilege();
}

// kube-state-metrics' language for custom resources, with one family.
const customState = (name) => file('custom.yaml', `spec: {resources: [{groupVersionKind: {group: monitoring.coreos.com, version: v1, kind: PodMonitor}, metricNamePrefix: podmonitor, metrics: [{name: ${name}, help: h, each: {type: Info, info: {labelsFromPath: {name: [metadata, name]}}}}]}]}`);
const exposition = async (accept = '') => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { headers: { accept } })).text();

// As the pod of deploy/kustomize would run: with its ServiceAccount's token.
async function up(server) {
  const token = kubectl(['create', 'token', 'weir', '-n', 'monitoring', '--duration=2h']).trim();
  const own = kubeconfig('weir.kubeconfig', token, server);
  const config = file('weir.yml', `global: {scrape_interval: 1s, evaluation_interval: 1s}\nwebhooks: [{name: sink, url: "http://127.0.0.1:${sinkPort}/", group_wait: 1s, group_interval: 1s}]\n`);
  start('weir', weirBinary, [
    'up', '--kubernetes', `--kubernetes.kubeconfig=${own}`, '--demo=off', `--config.file=${config}`, `--storage.tsdb.path=${join(work, 'store')}`,
    `--web.listen-address=127.0.0.1:${weirPort}`, '--web.dashboards-address=off', `--kube-metrics.listen-address=127.0.0.1:${metricsPort}`,
    `--kube-metrics.custom-resource-state-config-file=${customState('info')}`, '--kube-metrics.metric-labels-allowlist=namespaces=[kubernetes.io/*]',
  ]);
  await until('Weir is ready', async () => (await fetch(`http://127.0.0.1:${weirPort}/-/ready`)).ok, 60);
}

async function monitors() {
  console.log('== monitors');
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'kustomize-controller-0', namespace: 'flux-system', labels: { app: 'kustomize-controller' } }, spec: { nodeName: 'n1', containers: [{ name: 'manager', image: 'x', ports: [{ name: 'http-prom', containerPort: weirPort }] }] } };
  apply(pod, podMonitor('flux-system', 'http-prom'), podMonitor('wrong-port', 'metrics'), monitoring('PodMonitor', 'bad', { selector: {}, podMetricsEndpoints: [{ port: 'a', relabelings: [{ regex: '(' }] }] }));
  status('pod', 'flux-system', 'kustomize-controller-0', { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions: [{ type: 'Ready', status: 'True' }] });
  await until('the pod of a PodMonitor is scraped', async () => (await query('up{job="monitoring/flux-system"}'))[0]?.value[1] === '1');
  const labels = (await query('up{job="monitoring/flux-system"}'))[0].metric;
  check('its labels are the operator\'s', labels.namespace === 'flux-system' && labels.pod === 'kustomize-controller-0' && labels.container === 'manager' && labels.endpoint === 'http-prom', JSON.stringify(labels));
  await until('an object without targets says why', async () => (await monitored('wrong-port')).why === 'its selector matches 1 pod, none has a port named metrics; ports are: http-prom');
  const accepted = (name) => kubectl(['get', 'podmonitor', '-n', 'monitoring', name, '-o', 'jsonpath={.status.bindings[0].conditions[0].status} {.status.bindings[0].conditions[0].message}']);
  await until('an accepted object has a condition', () => accepted('flux-system').startsWith('True'));
  await until('a refused one has a condition with the reason', () => accepted('bad').startsWith('False') && accepted('bad').includes('regex "("'));
  await until('and an Event', () => kubectl(['get', 'events', '-n', 'monitoring', '-o', 'name']).includes('event'));
  const refused = (object) => {
    try {
      return apply(object);
    } catch (error) {
      return error.stderr;
    }
  };
  const often = podMonitor('often', 'http-prom');
  often.spec.podMetricsEndpoints[0].interval = 'often';
  check('our definitions refuse what cannot be', refused(often).includes('spec.podMetricsEndpoints[0].interval'));
  check('and explain fields', kubectl(['explain', 'podmonitor.spec.podMetricsEndpoints']).includes('honorLabels'));
  apply(podMonitor('second', 'http-prom'));
  await until('a new object takes effect', async () => (await pools()).includes('podMonitor/monitoring/second/0'), 30);
  remove('podmonitor', 'monitoring', 'second');
  await until('and is gone when it goes', async () => !(await pools()).includes('podMonitor/monitoring/second/0'), 30);
}

async function objectMetrics() {
  console.log('== objects as metrics');
  await until('custom resources are metrics', async () => (await query('podmonitor_info{name="flux-system",job="kube-state-metrics"}'))[0]?.value[1] === '1', 60);
  await until('an allowed label is one of the metric', async () => (await query('kube_namespace_labels{namespace="flux-system",label_kubernetes_io_metadata_name="flux-system"}')).length === 1);
  const text = await exposition();
  check('their own port shows them to others', text.includes('podmonitor_info{') && text.includes('# TYPE kube_namespace_labels gauge'));
  check('families that nothing names are not made', !text.includes('kube_namespace_created') && !text.includes('kube_pod_'));
  check('and as OpenMetrics', (await exposition('application/openmetrics-text')).endsWith('# EOF\n'));
  customState('other');
  children.get('weir').kill('SIGHUP');
  await until('a changed configuration of custom resources counts after a reload', async () => (await exposition()).includes('podmonitor_other{') && !(await exposition()).includes('podmonitor_info{'), 30);
}

async function guide() {
  console.log('== the guide: dashboards and its literal alert');
  const board = (key) => readFileSync(`deploy/dashboards/${key}.json`, 'utf8').replace('"uid": "gitops', '"uid": "mine-gitops');
  apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'boards', namespace: 'monitoring', labels: { grafana_dashboard: 'yes' }, annotations: { grafana_folder: 'Flux' } }, data: { 'cluster.json': board('cluster'), 'plane.json': board('control-plane'), 'broken.json': '{"panels":' } });
  await until('dashboards of a ConfigMap are served', async () => (await (await fetch(`http://127.0.0.1:${weirPort}/api/dashboards`)).json()).filter((d) => d.uid?.startsWith('mine-')).length === 2, 20);
  apply(kustomization, monitoring('PrometheusRule', 'flux', { groups: [{ name: 'GitOpsToolkit', interval: '1s', rules: [{ alert: 'ReconciliationFailure', expr: literal, for: '2s', labels: { severity: 'page' } }, { alert: 'Pods', expr: 'kube_pod_info > 1' }] }] }));
  status('kustomization', 'flux-system', 'apps', ready('True'));
  await until('a Flux object that is ready', async () => (await query('gotk_reconcile_condition{name="apps",status="True"}'))[0]?.value[1] === '1', 90);
  check('no series is doubled', (await query('count(gotk_reconcile_condition{name="apps"})'))[0].value[1] === '4');
  await until('metrics of pods, because a rule names them', async () => (await query('kube_pod_info{pod="kustomize-controller-0"}')).length === 1);
  check('and no other of pods', !(await exposition()).includes('kube_pod_created'));
  const named = (state) => alerts.flatMap((post) => post.alerts).some((alert) => alert.status === state && alert.labels.alertname === 'ReconciliationFailure' && alert.labels.name === 'apps');
  status('kustomization', 'flux-system', 'apps', ready('False'));
  await until('a broken one fires the literal alert to a webhook', () => named('firing'), 90);
  status('kustomization', 'flux-system', 'apps', ready('True'));
  await until('the mend resolves it', () => named('resolved'), 90);
  status('kustomization', 'flux-system', 'apps', ready('False'));
  await until('broken again', async () => (await api('alerts')).alerts.some((alert) => alert.state === 'firing'), 90);
  remove('kustomization', 'flux-system', 'apps');
  await until('deleting gives Deleted', async () => (await query('gotk_reconcile_condition{name="apps",status="Deleted"}'))[0]?.value[1] === '1', 60);
  await until('and silence', async () => !(await api('alerts')).alerts.some((alert) => alert.labels.alertname === 'ReconciliationFailure'), 60);
  kubectl(['delete', 'configmap', '-n', 'monitoring', 'boards']);
  await until('dashboards go with their ConfigMap', async () => !(await (await fetch(`http://127.0.0.1:${weirPort}/api/dashboards`)).json()).some((d) => d.uid?.startsWith('mine-')), 20);
}

const resident = () => Math.round(readFileSync(`/proc/${children.get('weir').pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1] / 1024);

async function faults() {
  console.log('== faults');
  await kill('kube-apiserver', 'SIGKILL');
  await sleep(awaySeconds * 1000);
  check(`the API server is away for ${awaySeconds} s, scraping goes on`, (await query('sum_over_time(up{job="monitoring/flux-system"}[10s])'))[0]?.value[1] >= 5);
  const ages = Object.values((await api('monitors')).age);
  check('the age of the view is told', ages.length > 5 && ages.every((age) => age > awaySeconds - 5), `${Math.round(Math.min(...ages))} to ${Math.round(Math.max(...ages))} s`);
  await apiServer();
  apply(podMonitor('after', 'http-prom'));
  await until('it is back: a new object takes effect', async () => (await pools()).includes('podMonitor/monitoring/after/0'), 40);
  await until('the view is fresh again', async () => Object.values((await api('monitors')).age).every((age) => age < 90), 90);
  kubectl(['delete', 'crd', 'probes.monitoring.coreos.com']);
  kubectl(['apply', '-f', 'deploy/crds/monitoring.yaml']);
  await until('a kind that was deleted and made again', async () => {
    apply(monitoring('Probe', 'p', { prober: { url: 'bb:9115' }, targets: { staticConfig: { static: ['a'] } } }));
    return (await pools()).includes('probe/monitoring/p');
  }, 60);
  create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'garbage', namespace: 'monitoring', labels: { grafana_dashboard: '1' } }, data: { 'a.json': '{['.repeat(400_000), 'b.json': `{"panels":${'['.repeat(50_000)}` } });
  const before = resident();
  const storm = Array.from({ length: 1000 }, (_, i) => podMonitor(`storm-${i}`, 'http-prom', `app-${i}`));
  const list = file('storm.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: storm }));
  kubectl(['create', '-f', list]);
  await until('a storm of 1,000 PodMonitors', async () => (await pools()).filter((name) => name.includes('/storm-')).length === 1000, 120);
  check('scraping goes on', (await query('sum_over_time(up{job="monitoring/flux-system"}[10s])'))[0]?.value[1] >= 5);
  console.log(`     resident memory: ${before} MiB before, ${resident()} MiB with 1,000 monitors more`);
  kubectl(['delete', '-f', list, '--wait=false']);
  await until('and they are gone', async () => !(await pools()).some((name) => name.includes('/storm-')), 120);
}

// What happens to the connection, and many changes at once.
async function connection() {
  console.log('== a bad connection, and churn');
  const proxy = await faultyProxy(apiPort);
  await kill('weir', 'SIGTERM');
  await up(`http://127.0.0.1:${proxy.port}`);
  await until('Weir is back', async () => (await pools()).includes('podMonitor/monitoring/flux-system/0'), 30);
  const known = 'sum_over_time(up{job="monitoring/flux-system"}[10s])';
  for (const [mode, what] of [['cut', 'watches that are closed every second'], ['refuse', '429 and 500 to everything']]) {
    proxy.mode = mode;
    await sleep(5000);
    apply(podMonitor(`during-${mode}`, 'http-prom'));
    await sleep(10_000);
    check(`${what}: scraping goes on`, (await query(known))[0]?.value[1] >= 5, `${proxy.cuts} cut, ${proxy.refusals} refused`);
    proxy.mode = 'fair';
    await until('a new object takes effect', async () => (await pools()).includes(`podMonitor/monitoring/during-${mode}/0`), 60);
  }
  const pod = (name) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'churn', labels: { app: 'churn' } }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'x', ports: [{ name: 'web', containerPort: 1 }] }] } });
  apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'churn' } });
  const before = resident();
  const begun = Date.now();
  const path = '/api/v1/namespaces/churn/pods';
  const made = await ask(proxy.port, 'admin-token', Array.from({ length: 2500 }, (_, i) => ['POST', path, pod(`old-${i}`)]), 32);
  const replaced = await ask(proxy.port, 'admin-token', Array.from({ length: 2500 }, (_, i) => [['DELETE', `${path}/old-${i}?gracePeriodSeconds=0`], ['POST', path, pod(`new-${i}`)]]).flat(), 32);
  check('5,000 pods came and 2,500 went', made.get(201) === 2500 && replaced.get(201) === 2500 && replaced.get(200) === 2500, `${Math.round((Date.now() - begun) / 1000)} s, ${JSON.stringify([[...made], [...replaced]])}`);
  await until('their metrics are those that are there', async () => (await query('count(kube_pod_info{pod=~"new-.*"})'))[0]?.value[1] === '2500' && (await query('count(kube_pod_info{pod=~"old-.*"})')).length === 0, 60);
  check('scraping goes on', (await query(known))[0]?.value[1] >= 5);
  console.log(`     resident memory: ${before} MiB before, ${resident()} MiB with 2,500 pods`);
  proxy.close();
  await kill('weir', 'SIGTERM');
  await up();
}

async function privilege() {
  console.log('== least privilege');
  const own = asked('monitoring:weir');
  // Whoever is known may ask what there is; right after its start the server does not know that yet.
  const refused = own.filter((row) => row.responseStatus?.code === 403 && row.objectRef);
  check('nothing that was asked for was refused', refused.length === 0, [...new Set(refused.map((row) => `${row.verb} ${row.objectRef?.resource}`))].join(', '));
  const used = new Set(own.map((row) => `${row.verb} ${row.objectRef?.resource ?? ''}${row.objectRef?.subresource ? `/${row.objectRef.subresource}` : ''}`));
  const streamed = own.filter((row) => row.requestURI.includes('sendInitialEvents=true') && row.responseStatus?.code === 200);
  check('lists are streamed', streamed.length > 5, `${streamed.length} were`);
  check('Secrets were neither listed nor watched', !['list secrets', 'watch secrets'].some((ask) => used.has(ask)));
  console.log(`     used: ${[...used].filter((ask) => !ask.endsWith(' ')).sort().join(', ')}`);
  kubectl(['delete', 'clusterrolebinding', 'weir']);
  await kill('weir', 'SIGTERM');
  await up();
  await until('without the role, the message names what is missing', () => children.get('weir').log().includes('podmonitors.monitoring.coreos.com: not allowed: give the ServiceAccount a role with the verbs list, watch on podmonitors of API group "monitoring.coreos.com"'));
}

await run('e2e-cluster', scenario, ['weir']);
