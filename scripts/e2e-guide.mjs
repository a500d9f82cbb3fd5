// Flux' guide "Monitoring with Prometheus" with Weir in it: real source- and kustomize-controller bring our manifests from
// a Git repository to a real API server; a browser sees the dashboards; a broken commit fires the literal alert.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { address, admin, apply, asked, check, children, controlPlane, crd, file, kill, kubectl, peers, port, remove, run, sleep, start, status, until, work } from './cluster-harness.mjs';
import { localPort, look } from './test-node.mjs';

const alerts = [];
const origin = join(work, 'repository');
const git = (...args) => execFileSync('git', ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost', '-C', origin, ...args], { encoding: 'utf8' });
const flux = (group, kind, name, spec, namespace = 'flux-system') => ({ apiVersion: `${group}.toolkit.fluxcd.io/v1`, kind, metadata: { name, namespace }, spec });
const condition = (kind, name) => kubectl(['get', kind, '-n', 'flux-system', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.conditions[?(@.type=="Ready")].message}']);
const listen = (handler) => new Promise((done) => {
  const server = createServer(handler).listen(0, '0.0.0.0', () => done(server.address().port));
  children.set(`server ${Math.random()}`, { kill: () => server.close(), exitCode: null, once: (_, ended) => ended() });
});

// Git over HTTP, by git's own CGI program.
function serveGit(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const env = {
    PATH: process.env.PATH, GIT_PROJECT_ROOT: work, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: url.pathname, QUERY_STRING: url.search.slice(1), REQUEST_METHOD: request.method,
    CONTENT_TYPE: request.headers['content-type'] ?? '', HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '', GIT_PROTOCOL: request.headers['git-protocol'] ?? '',
    GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*',
  };
  const child = spawn('git', ['http-backend'], { env });
  request.pipe(child.stdin);
  const parts = [];
  child.stdout.on('data', (data) => parts.push(data));
  child.on('close', () => {
    const all = Buffer.concat(parts);
    const split = all.indexOf('\r\n\r\n');
    const headers = Object.fromEntries(all.subarray(0, split).toString().split('\r\n').map((line) => line.split(': ')));
    response.writeHead(Number.parseInt(headers.Status ?? '200', 10), headers).end(all.subarray(split + 4));
  });
}

// With a node that looks all the time.
async function eventually(what, holds, seconds) {
  return until(what, async () => (await look('monitoring').catch(() => undefined), holds()), seconds);
}

function commit(message, files) {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(origin, name, '..'), { recursive: true });
    writeFileSync(join(origin, name), text);
  }
  git('add', '-A');
  git('commit', '-q', '-m', message);
  return git('rev-parse', 'HEAD').trim();
}
const pull = (name = 'monitoring') => kubectl(['annotate', '--overwrite', 'gitrepository', '-n', 'flux-system', name, `reconcile.fluxcd.io/requestedAt=${Date.now()}`]);
const app = (data) => ({ 'apps/kustomization.yaml': 'resources: [config.yaml]\n', 'apps/config.yaml': data });
const good = app('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: flux-system}\n');

async function repository() {
  mkdirSync(origin, { recursive: true });
  git('init', '-q', '-b', 'main');
  for (const folder of ['deploy', 'manifests']) cpSync(folder, join(origin, folder), { recursive: true });
  commit('all', good);
  return listen(serveGit);
}

async function controller(name, extra) {
  const [metrics, health] = [await port(), await port()];
  const env = { KUBECONFIG: admin, RUNTIME_NAMESPACE: 'flux-system', ...extra.env };
  start(name, join(peers, name), [`--metrics-addr=127.0.0.1:${metrics}`, `--health-addr=127.0.0.1:${health}`, '--watch-all-namespaces', '--log-level=info', ...extra.args], env);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-0`, namespace: 'flux-system', labels: { app: name } }, spec: { nodeName: 'test-node', containers: [{ name: 'manager', image: 'flux', ports: [{ name: 'http-prom', containerPort: metrics }] }] } };
  apply(pod);
  status('pod', 'flux-system', `${name}-0`, { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions: [{ type: 'Ready', status: 'True' }] });
}

async function install() {
  console.log('== the guide, by Flux');
  const gitPort = await repository();
  apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'flux-system' } });
  for (const name of ['source-controller', 'kustomize-controller']) kubectl(['apply', '--server-side', '-f', join(peers, 'crds', name)]);
  await sleep(1000);
  const storage = await port();
  mkdirSync(join(work, 'artifacts'));
  await controller('source-controller', { args: [`--storage-path=${join(work, 'artifacts')}`, `--storage-addr=127.0.0.1:${storage}`, `--storage-adv-addr=127.0.0.1:${storage}`, '--events-addr='], env: {} });
  await controller('kustomize-controller', { args: ['--events-addr=', '--requeue-dependency=2s'], env: { SOURCE_CONTROLLER_LOCALHOST: `127.0.0.1:${storage}` } });
  const kustomization = (name, path, more = {}) => flux('kustomize', 'Kustomization', name, { interval: '1h', retryInterval: '5s', path, prune: true, sourceRef: { kind: 'GitRepository', name: 'monitoring' }, ...more });
  const health = (name) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: `kube-prometheus-stack-${name}`, namespace: 'monitoring' });
  apply(
    flux('source', 'GitRepository', 'monitoring', { interval: '30m', url: `http://127.0.0.1:${gitPort}/repository/.git`, ref: { branch: 'main' } }),
    kustomization('monitoring-stack', './manifests/monitoring/kube-prometheus-stack', { timeout: '2m', healthChecks: [health('operator'), health('grafana')] }),
    kustomization('monitoring-config', './manifests/monitoring/monitoring-config', { dependsOn: [{ name: 'monitoring-stack' }] }),
    kustomization('apps', './apps'),
  );
  await eventually('the stack is applied, its Deployments are healthy', () => condition('kustomization', 'monitoring-stack').startsWith('True'), 150);
  await eventually('monitoring-config is ready', () => condition('kustomization', 'monitoring-config').startsWith('True'), 60);
}

const login = () => `Basic ${Buffer.from(`admin:${Buffer.from(kubectl(['get', 'secret', '-n', 'monitoring', 'kube-prometheus-stack-grafana', '-o', 'jsonpath={.data.admin-password}']), 'base64')}`).toString('base64')}`;
const pages = () => `http://127.0.0.1:${localPort('kube-prometheus-stack-grafana', 'dashboards')}`;
const api = async (path) => (await (await fetch(`${pages()}/api/v1/${path}`, { headers: { authorization: login() } })).json()).data;
const query = async (expr) => (await api(`query?query=${encodeURIComponent(expr)}`)).result;
const ready = async (name, value) => (await query(`gotk_reconcile_condition{name="${name}",type="Ready",status="${value}"}`))[0]?.value[1] === '1';

async function look_at_it() {
  console.log('== what it shows');
  check('nobody gets in without the login', (await fetch(`${pages()}/api/v1/query?query=1`)).status === 401);
  check('the pages pass the login on', (await query('vector(1)'))[0].value[1] === '1');
  await until('the controllers are scraped by the PodMonitor of the guide', async () => (await query('count(up{job="monitoring/flux-system"} == 1)'))[0]?.value[1] === '2', 90);
  await until('their objects have a condition, which they do not send', async () => (await ready('apps', 'True')) && (await ready('monitoring-stack', 'True')), 90);
  const boards = async () => (await (await fetch(`${pages()}/api/dashboards`, { headers: { authorization: login() } })).json()).map((board) => board.uid);
  apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'flux-system', labels: { grafana_dashboard: 'any' } }, data: { 'mine.json': '{"uid":"mine","title":"Mine","panels":[]}' } });
  await until('the pages show the dashboard of a ConfigMap', async () => (await boards()).includes('mine'), 20);
  remove('configmap', 'flux-system', 'mine');
  await until('until it goes', async () => !(await boards()).includes('mine'), 20);
  check('gotk_resource_info too', (await query('gotk_resource_info{name="apps",exported_namespace="flux-system"}')).length === 1);
}

async function browse() {
  const chromium = process.env.CHROMIUM;
  if (!chromium) return console.log('skipped: Chromium is absent (Debian: apt-get install chromium); the dashboards were not opened');
  const { chromium: driver } = createRequire(join(process.cwd(), 'web/package.json'))('playwright-core');
  const browser = await driver.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  const [user, password] = Buffer.from(login().slice(6), 'base64').toString().split(':');
  const page = await browser.newPage({ httpCredentials: { username: user, password }, viewport: { width: 1440, height: 1400 } });
  for (const [uid, texts] of [['gitops-toolkit-cluster', ['monitoring-stack', 'apps']], ['gitops-toolkit-control-plane', ['CPU', 'Memory']]]) {
    await page.goto(`${pages()}/d/${uid}/`, { waitUntil: 'networkidle' });
    await until(`dashboard ${uid} shows ${texts.join(' and ')}`, async () => {
      const text = await page.locator('body').innerText();
      return texts.every((wanted) => text.includes(wanted));
    }, 30);
    if (process.env.WEIR_SHOTS) await page.screenshot({ path: join(process.env.WEIR_SHOTS, `${uid}.png`) });
  }
  await page.goto(`${pages()}/targets`, { waitUntil: 'networkidle' });
  await until('the page Targets shows what became of objects, and how old the view is', async () => {
    const text = await page.locator('body').innerText();
    return text.includes('PodMonitor') && text.includes('The API server was last heard of');
  }, 30);
  if (process.env.WEIR_SHOTS) await page.screenshot({ path: join(process.env.WEIR_SHOTS, 'targets.png') });
  return { page, close: () => browser.close() };
}

// What the table says of an object.
async function row(page, name, text) {
  if (!page) return;
  await page.goto(`${pages()}/d/gitops-toolkit-cluster/`, { waitUntil: 'networkidle' });
  await until(`the browser shows ${name} as ${text}`, async () => (await page.locator('tr', { hasText: name }).first().innerText()).includes(text), 30);
  if (process.env.WEIR_SHOTS) await page.screenshot({ path: join(process.env.WEIR_SHOTS, `${name}-${text}.png`) });
}

// The rule of the guide, with shorter times; an Alertmanager's API takes what it fires.
async function alarm(page) {
  console.log('== a broken commit');
  // The API takes no address of the loopback in Endpoints.
  const sink = await listen((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data)).on('end', () => (request.method === 'POST' && alerts.push(...JSON.parse(body)), response.end()));
  });
  const monitoring = (kind, name, spec) => ({ apiVersion: 'monitoring.coreos.com/v1', kind, metadata: { name, namespace: 'monitoring' }, spec });
  const literal = readFileSync('deploy/rules/flux-guide-literal.yaml', 'utf8').match(/expr: \|\n([\s\S]*?)\n {4}for:/)[1];
  const open = Object.fromEntries(['podMonitor', 'serviceMonitor', 'probe', 'rule', 'scrapeConfig'].flatMap((kind) => [[`${kind}Selector`, {}], [`${kind}NamespaceSelector`, {}]]));
  apply(
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'sink', namespace: 'monitoring' }, spec: { ports: [{ name: 'web', port: sink }] } },
    { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'sink', namespace: 'monitoring' }, subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'web', port: sink }] }] },
  );
  apply(monitoring('PrometheusRule', 'literal', { groups: [{ name: 'GitOpsToolkit', interval: '1s', rules: [{ alert: 'ReconciliationFailure', expr: literal, for: '2s', labels: { severity: 'page' } }] }] }));
  apply(monitoring('Prometheus', 'k8s', { ...open, scrapeInterval: '1s', evaluationInterval: '1s', alerting: { alertmanagers: [{ namespace: 'monitoring', name: 'sink', port: 'web' }] } }));
  const told = (ended) => alerts.some((alert) => alert.labels.alertname === 'ReconciliationFailure' && alert.labels.name === 'apps' && alert.labels.severity === 'page' && new Date(alert.endsAt) < new Date() === ended);
  commit('break', { 'apps/kustomization.yaml': 'resources: [no-such-file.yaml]\n' });
  pull();
  await until('apps is not ready', () => condition('kustomization', 'apps').startsWith('False'), 60);
  await until('and red', () => ready('apps', 'False'), 30);
  await row(page, 'apps', 'Not Ready');
  await until('the literal alert of the guide is sent', () => told(false), 60);
  alerts.length = 0;
  commit('mend', good);
  pull();
  await until('the mend turns it green', () => ready('apps', 'True'), 60);
  await until('and resolves the alert', () => told(true), 60);
  remove('kustomization', 'flux-system', 'apps');
  await until('deleting gives Deleted', async () => (await query('gotk_reconcile_condition{name="apps",status="Deleted"}'))[0]?.value[1] === '1', 60);
  await until('and silence', async () => !(await api('alerts')).alerts.some((alert) => alert.labels.name === 'apps'), 30);
}

// Every right of the role is used; without it a message names what is missing.
async function privilege() {
  console.log('== least privilege');
  const role = JSON.parse(kubectl(['get', 'clusterrole', 'weir', '-o', 'json']));
  const rights = role.rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb })))));
  const more = [['helm', 'helmreleases', 'HelmRelease', 'v2'], ['notification', 'receivers', 'Receiver', 'v1'], ['image', 'imagepolicies', 'ImagePolicy', 'v1']];
  apply(...more.map(([group, ...rest]) => crd(`${group}.toolkit.fluxcd.io`, ...rest)));
  await exercise('first');
  const used = (right) => asked('monitoring:weir').some(({ verb, objectRef, responseStatus }) => {
    const resource = `${objectRef?.resource}${objectRef?.subresource ? `/${objectRef.subresource}` : ''}`;
    return verb === right.verb && (objectRef?.apiGroup ?? '') === right.group && (right.resource === '*' || right.resource === resource) && (responseStatus?.code ?? 200) < 300;
  });
  // Kinds that the cluster does not have cannot be asked for.
  const served = new Set(kubectl(['api-resources', '--no-headers', '-o', 'name']).trim().split('\n').map((name) => name.split('.').slice(1).join('.')));
  const possible = rights.filter((right) => right.group === '' || served.has(right.group));
  await until(`each of ${possible.length} rights of the ClusterRole is used`, () => possible.every(used), 60);
  for (const right of possible.filter((right) => !used(right))) console.log(`     not used: ${right.verb} ${right.resource} ${right.group}`);
  const refused = asked('monitoring:weir').filter((row) => row.responseStatus?.code === 403);
  check('nothing was refused', refused.length === 0, [...new Set(refused.map((row) => `${row.verb} ${row.objectRef?.resource} ${row.objectRef?.namespace ?? ''}`))].join(', '));
  await withoutRights(possible);
}

// Rules and monitors that need everything that the role allows.
async function exercise(suffix) {
  const monitoring = (kind, name, spec, version = 'v1') => ({ apiVersion: `monitoring.coreos.com/${version}`, kind, metadata: { name, namespace: 'monitoring' }, spec });
  const families = ['kube_deployment_created', 'kube_statefulset_created', 'kube_daemonset_created', 'kube_replicaset_created', 'kube_job_created', 'kube_cronjob_created', 'kube_node_info', 'kube_service_info', 'kube_ingress_info', 'kube_endpoint_info'];
  apply(
    monitoring('PrometheusRule', `families-${suffix}`, { groups: [{ name: 'families', rules: families.map((family) => ({ alert: 'Never', expr: `${family} > 1` })) }] }),
    monitoring('ServiceMonitor', `pages-${suffix}`, { selector: { matchLabels: { 'app.kubernetes.io/name': 'nothing' } }, endpoints: [{ port: 'web' }] }),
    monitoring('Probe', `probe-${suffix}`, { prober: { url: '127.0.0.1:1' }, targets: { ingress: { selector: {}, relabelingConfigs: [] } } }),
    monitoring('ScrapeConfig', `roles-${suffix}`, { kubernetesSDConfigs: ['Node', 'Ingress', 'Service', 'Endpoints', 'EndpointSlice', 'Pod'].map((role) => ({ role })) }, 'v1alpha1'),
    monitoring('PodMonitor', `wrong-${suffix}`, { selector: {}, podMetricsEndpoints: [{ port: 'a', relabelings: [{ regex: '(' }] }] }),
  );
}

// Of two rights to read that are taken away at once, one could hide the other: what tells what to watch is taken apart.
async function withoutRights(possible) {
  const operator = 'kube-prometheus-stack-operator';
  const is = (...verbs) => (right) => verbs.includes(right.verb);
  const tells = (right) => right.group === 'monitoring.coreos.com' || (right.group === '' && ['namespaces', 'configmaps'].includes(right.resource));
  kubectl(['patch', 'kustomization', '-n', 'flux-system', 'monitoring-stack', '--type=merge', '-p', '{"spec":{"suspend":true}}']);
  const names = (right) => {
    const group = right.group === '' ? '' : ` of API group "${right.group}"`;
    const on = right.resource === '*' ? new RegExp(` on \\w+${group}`) : new RegExp(` on ${right.resource}${group}`);
    return children.get(operator).log().split('\n').some((line) => line.includes('not allowed') && line.includes(right.verb) && on.test(line.replaceAll('\\"', '"')));
  };
  const without = async (what, taken, suffix) => {
    const gone = possible.filter(taken);
    const rules = possible.filter((right) => !taken(right)).map(({ group, resource, verb }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] }));
    kubectl(['patch', 'clusterrole', 'weir', '--type=merge', '-p', JSON.stringify({ rules })]);
    await kill(operator, 'SIGTERM');
    await look('monitoring');
    if (suffix) await exercise(suffix);
    await until(`without ${what}: each of ${gone.length} rights is named`, () => gone.every(names), 60);
    for (const right of gone.filter((right) => !names(right))) console.log(`     not named: ${right.verb} ${right.resource} ${right.group}`);
  };
  await without('the rights to write', (right) => !is('list', 'watch')(right), 'second');
  for (const verb of ['list', 'watch']) {
    await without(`${verb} on what is scraped and shown`, (right) => is(verb)(right) && !tells(right));
    await without(`${verb} on what says what to scrape`, (right) => is(verb)(right) && tells(right));
  }
}

async function scenario() {
  // So that lists are asked for too; e2e-cluster has streamed ones.
  await controlPlane(['--feature-gates=WatchList=false']);
  await install();
  await look_at_it();
  const browser = await browse();
  await alarm(browser?.page);
  await browser?.close();
  await privilege();
}

file('.keep', '');
await run('e2e-guide', scenario, ['kube-prometheus-stack-operator', 'kube-prometheus-stack-grafana', 'kustomize-controller']);
