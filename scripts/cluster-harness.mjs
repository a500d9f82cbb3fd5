// A throw-away control plane of real binaries, the processes beside it, and the checks.
import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createSocket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const { WEIR_BIN: weirBinary, WEIR_PEERS: peers } = process.env;
export const { values: flags } = parseArgs({ options: { keep: { type: 'boolean' } } });
export const work = mkdtempSync(join(tmpdir(), 'weir-cluster-'));
export const children = new Map();
let failures = 0;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const port = () =>
  new Promise((done) => {
    const socket = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = socket.address();
      socket.close(() => done(port));
    });
  });

export function start(name, binary, args, env = {}) {
  const child = spawn(binary, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => log.push(data.toString()));
  children.set(name, child);
  child.log = () => log.join('');
  return child;
}

export async function kill(name, signal) {
  const child = children.get(name);
  children.delete(name);
  if (!child || child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  await ended;
}

export async function until(what, check, seconds = 60) {
  const begun = Date.now();
  for (;;) {
    const result = await (async () => check())().catch(() => undefined);
    if (result) {
      console.log(`ok   ${what} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
      return result;
    }
    if (Date.now() - begun > seconds * 1000) {
      failures += 1;
      console.log(`FAIL ${what}: not within ${seconds} s`);
      return undefined;
    }
    await sleep(100);
  }
}

export function check(what, holds, shown = '') {
  if (!holds) failures += 1;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}${shown === '' ? '' : `: ${shown}`}`);
}

// The control plane.
const [etcdPort, peerPort] = [await port(), await port()];
export const apiPort = await port();
export const address = Object.values(networkInterfaces()).flat().find((a) => a.family === 'IPv4' && !a.internal)?.address ?? '127.0.0.1';
export const file = (name, text) => (writeFileSync(join(work, name), text), join(work, name));
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = file('sa.key', keys.privateKey.export({ type: 'pkcs1', format: 'pem' }));
const pub = file('sa.pub', keys.publicKey.export({ type: 'spki', format: 'pem' }));
const tokens = file('tokens.csv', 'admin-token,admin,admin,"system:masters"\n');
const policy = file('audit.yaml', 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata, omitStages: [RequestReceived]}]\n');
export const audit = join(work, 'audit.log');
export const kubeconfig = (name, token, server = `https://127.0.0.1:${apiPort}`) =>
  file(
    name,
    `apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: "${server}", insecure-skip-tls-verify: ${server.startsWith("https:")}}}]\n` +
      `users: [{name: u, user: {token: ${token}}}]\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: monitoring}}]\ncurrent-context: x\n`,
  );
export const admin = kubeconfig('admin.kubeconfig', 'admin-token');

export function apiServer(more = []) {
  start('kube-apiserver', join(peers, 'kube-apiserver'), [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`, `--cert-dir=${join(work, 'certs')}`, `--secure-port=${apiPort}`,
    '--bind-address=127.0.0.1', `--advertise-address=${address}`, '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${pub}`, `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.0.0.0/24', `--token-auth-file=${tokens}`, '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount', `--audit-log-path=${audit}`, `--audit-policy-file=${policy}`, ...more,
  ]);
  return until('the API server is ready', () => kubectl(['get', '--raw', '/readyz']) === 'ok', 180);
}

export function kubectl(args, input) {
  return execFileSync(join(peers, 'kubectl'), ['--kubeconfig', admin, ...args], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}
export const apply = (...objects) => kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
export const create = (object) => kubectl(['create', '-f', '-'], JSON.stringify(object));
export const remove = (kind, namespace, name) => kubectl(['delete', kind, '-n', namespace, name, '--wait=false']);
export const status = (kind, namespace, name, status) =>
  kubectl(['patch', kind, '-n', namespace, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]);

// A definition that takes anything.
export function crd(group, plural, kind, version = 'v1') {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return {
    apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } } }],
    },
  };
}

export async function controlPlane(more) {
  start('etcd', join(peers, 'etcd'), [
    '--data-dir', join(work, 'etcd'), '--listen-client-urls', `http://127.0.0.1:${etcdPort}`, '--advertise-client-urls', `http://127.0.0.1:${etcdPort}`,
    '--listen-peer-urls', `http://127.0.0.1:${peerPort}`, '--initial-advertise-peer-urls', `http://127.0.0.1:${peerPort}`, '--initial-cluster', `default=http://127.0.0.1:${peerPort}`,
  ]);
  await apiServer(more);
}

// What a ServiceAccount asked of the API server: rows of the audit log.
export const asked = (account) =>
  readFileSync(audit, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line)).filter((row) => row.user?.username === `system:serviceaccount:${account}`);

async function stop() {
  for (const name of [...children.keys()].reverse()) await kill(name, 'SIGKILL');
  if (!flags.keep) rmSync(work, { recursive: true, force: true });
}

// Runs a scenario, cleans up, and ends the process with its outcome.
export async function run(name, scenario, shown) {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stop().then(() => process.exit(130)));
  try {
    await scenario();
  } catch (error) {
    failures += 1;
    console.log(`FAIL ${error.stderr || error.stack || error}`);
  }
  for (const child of failures > 0 ? shown : []) console.log(`-- log of ${child}\n${children.get(child)?.log().split('\n').slice(-40).join('\n')}`);
  await stop();
  console.log(failures === 0 ? `${name}: all is well` : `${name}: ${failures} failed`);
  process.exit(failures === 0 ? 0 : 1);
}
