// Flux' guide "Monitoring with Prometheus" with Weir in it: real source- and kustomize-controller bring our manifests from
// a Git repository to a real API server; a browser sees the dashboards; a broken commit fires the literal alert.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { address, admin, apply, asked, check, children, controlPlane, crd, file, kill, kubeconfig, kubectl, peers, port, remove, run, sleep, start, status, until, weirBinary, work } from './cluster-harness.mjs';
import { localPort, look } from './test-node.mjs';

const alerts = [];
const posts = [];
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

// Our manifests, with the webhook that docs/guide.md adds to them.
async function repository() {
  mkdirSync(origin, { recursive: true });
  git('init', '-q', '-b', 'main');
  for (const folder of ['deploy', 'manifests']) cpSync(folder, join(origin, folder), { recursive: true });
  const webhook = await listen((request, response) => {
    let body = '';
    request.on('data', (data) => (body += data)).on('end', () => (posts.push(JSON.parse(body)), response.end()));
  });
  const addition = readFileSync('docs/guide.md', 'utf8').match(/ {3}```yaml\n(?= {3}# at the end of)([\s\S]*?) {3}```/)[1];
  const path = join(origin, 'manifests/monitoring/kube-prometheus-stack/kustomization.yaml');
  appendFileSync(path, addition.replaceAll(/^ {3}/gm, '').replace(/https:[^"]*"/, `http://127.0.0.1:${webhook}/", group_wait: 1s, group_interval: 1s`));
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
  await guide(`http://127.0.0.1:${gitPort}/repository/.git`);
}

// The commands of the guide, and one Kustomization more; by kubectl where flux could not be built.
async function guide(url) {
  if (!existsSync(join(peers, 'flux'))) {
    console.log('skipped: flux could not be built; the objects of its commands are made by kubectl');
    return byHand(url);
  }
  const command = async (...args) => {
    start('flux', join(peers, 'flux'), ['--kubeconfig', admin, ...args]);
    const ended = await eventually(`flux ${args.slice(0, 4).join(' ')}`, () => children.get('flux').exitCode !== null, 200);
    if (!ended || children.get('flux').exitCode !== 0) throw new Error(children.get('flux').log());
  };
  const source = ['--interval=1h', '--prune=true', '--source=monitoring'];
  const [text] = readFileSync('docs/guide.md', 'utf8').match(/flux create kustomization monitoring-stack[\s\S]*?(?=flux create kustomization monitoring-config)/);
  const checks = [...text.matchAll(/--(?:path|health-check)="[^"]*"/g)].map(([flag]) => flag.replaceAll('"', ''));
  await command('create', 'source', 'git', 'monitoring', '--interval=30m', `--url=${url}`, '--branch=main');
  await command('create', 'kustomization', 'monitoring-stack', ...source, ...checks);
  await command('create', 'kustomization', 'monitoring-config', ...source, '--path=./manifests/monitoring/monitoring-config');
  await command('create', 'kustomization', 'apps', ...source, '--path=./apps', '--retry-interval=5s');
}

async function byHand(url) {
  const kustomization = (name, path, more = {}) => flux('kustomize', 'Kustomization', name, { interval: '1h', retryInterval: '5s', path, prune: true, sourceRef: { kind: 'GitRepository', name: 'monitoring' }, ...more });
  const health = (name) => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: `kube-prometheus-stack-${name}`, namespace: 'monitoring' });
  apply(
    flux('source', 'GitRepository', 'monitoring', { interval: '30m', url, ref: { branch: 'main' } }),
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

// The rule of the guide, with shorter times; a webhook and an Alertmanager's API take what it fires.
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
  const posted = (status) => posts.some((post) => post.alerts.some((alert) => alert.status === status && alert.labels.alertname === 'ReconciliationFailure' && alert.labels.name === 'apps' && alert.labels.severity === 'page'));
  const told = (ended) => alerts.some((alert) => alert.labels.alertname === 'ReconciliationFailure' && alert.labels.name === 'apps' && alert.labels.severity === 'page' && new Date(alert.endsAt) < new Date() === ended);
  commit('break', { 'apps/kustomization.yaml': 'resources: [no-such-file.yaml]\n' });
  pull();
  await until('apps is not ready', () => condition('kustomization', 'apps').startsWith('False'), 60);
  await until('and red', () => ready('apps', 'False'), 30);
  await row(page, 'apps', 'Not Ready');
  await until('the literal alert of the guide is posted to the webhook', () => posted('firing'), 60);
  await until('and to the Alertmanager that a Prometheus object names', () => told(false), 60);
  alerts.length = 0;
  commit('mend', good);
  pull();
  await until('the mend turns it green', () => ready('apps', 'True'), 60);
  await until('and resolves the alert at the webhook', () => posted('resolved'), 60);
  await until('and at the Alertmanager', () => told(true), 60);
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

// So many processes with a role of their own are run at once.
const AT_ONCE = 8;

// For each right a ServiceAccount that has all others.
async function withoutRights(possible) {
  kubectl(['patch', 'kustomization', '-n', 'flux-system', 'monitoring-stack', '--type=merge', '-p', '{"spec":{"suspend":true}}']);
  await kill('kube-prometheus-stack-operator', 'SIGTERM');
  const rule = ({ group, resource, verb }) => ({ apiGroups: [group], resources: [resource], verbs: [verb] });
  const rbac = (kind, name, more) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name }, ...more });
  const cases = possible.map((right, i) => ({ right, name: `without-${i}` }));
  apply(...cases.flatMap(({ right, name }) => [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: 'monitoring' } },
    rbac('ClusterRole', name, { rules: possible.filter((other) => other !== right).map(rule) }),
    rbac('ClusterRoleBinding', name, { roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name }, subjects: [{ kind: 'ServiceAccount', name, namespace: 'monitoring' }] }),
  ]));
  const writing = ({ right }) => !['list', 'watch'].includes(right.verb);
  // What one of them has written, another would not write again: they run alone, over new objects.
  const parts = cases.filter(writing).map((one) => [one]);
  const reading = cases.filter((one) => !writing(one));
  for (let i = 0; i < reading.length; i += AT_ONCE) parts.push(reading.slice(i, i + AT_ONCE));
  const missed = [];
  for (const part of parts) {
    if (writing(part[0])) await exercise(part[0].name);
    missed.push(...(await without(part)));
  }
  check(`each of ${cases.length} rights, taken away alone, is named by a message, and no other`, missed.length === 0, missed.join(', '));
}

// Rights that their processes do not name, or that name others too.
async function without(part) {
  for (const { name } of part) {
    const token = kubectl(['create', 'token', name, '-n', 'monitoring', '--duration=1h']).trim();
    start(name, weirBinary, [
      'up', '--kubernetes', `--kubernetes.kubeconfig=${kubeconfig(`${name}.kubeconfig`, token)}`, '--demo=off', `--storage.tsdb.path=${join(work, name)}`,
      `--web.listen-address=127.0.0.1:${await port()}`, '--web.dashboards-address=off',
    ]);
  }
  const refusals = (name) => children.get(name).log().split('\n').filter((line) => line.includes('not allowed')).map((line) => line.replaceAll('\\"', '"'));
  const about = ({ group, resource }) => new RegExp(` on ${resource === '*' ? '[a-z]+' : resource} of API group "${group}"`);
  const said = ({ right, name }) => refusals(name).some((line) => line.includes(right.verb) && about(right).test(line));
  const begun = Date.now();
  while (!part.every(said) && Date.now() - begun < 60_000) await sleep(200);
  const wrong = part.filter((one) => !said(one) || !refusals(one.name).every((line) => about(one.right).test(line)));
  for (const { name } of wrong) console.log(`     ${name}: ${(refusals(name).join('\n') || children.get(name).log()).replaceAll('\n', '\n     ')}`);
  for (const { name } of part) await kill(name, 'SIGKILL');
  return wrong.map(({ right }) => `${right.verb} ${right.resource} ${right.group}`);
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
