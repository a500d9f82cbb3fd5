// A node without a kubelet: runs the command of each Deployment's pod as a local process with its ServiceAccount's
// files where a kubelet puts them, and writes the pod and the Deployment's status. Addresses, Services and mounted paths
// of the command are put in terms of this machine; nothing else of it is changed.
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiPort, children, kubeconfig, kubectl, port, start, status, weirBinary, work } from './cluster-harness.mjs';

const get = (...args) => JSON.parse(kubectl(['get', ...args, '-o', 'json']));
const pods = new Map();

// Named ports of a pod: the container's number becomes a free one of this machine.
async function place(deployment) {
  const ports = {};
  for (const container of deployment.spec.template.spec.containers) {
    for (const { name, containerPort } of container.ports ?? []) ports[name] = { containerPort, local: await port() };
  }
  return { name: `${deployment.metadata.name}-0`, labels: deployment.spec.template.metadata.labels, ports };
}

// A Secret or ConfigMap that is not there yet holds the pod back, as a kubelet would.
function mounts(namespace, spec) {
  const found = {};
  for (const { name, mountPath } of spec.containers[0].volumeMounts ?? []) {
    const volume = spec.volumes.find((volume) => volume.name === name);
    const folder = join(work, `volume-${namespace}-${volume.secret?.secretName ?? volume.configMap?.name ?? volume.persistentVolumeClaim?.claimName ?? name}`);
    mkdirSync(folder, { recursive: true });
    if (volume.secret) {
      const { data } = get('secret', '-n', namespace, volume.secret.secretName);
      for (const [key, value] of Object.entries(data)) writeFileSync(join(folder, key), Buffer.from(value, 'base64'));
    }
    if (volume.configMap) {
      const { data } = get('configmap', '-n', namespace, volume.configMap.name);
      for (const [key, value] of Object.entries(data)) writeFileSync(join(folder, key), value);
    }
    if (volume.persistentVolumeClaim) status('pvc', namespace, volume.persistentVolumeClaim.claimName, { phase: 'Bound' });
    found[mountPath] = folder;
  }
  return found;
}

// The command in terms of this machine.
function local(args, pod, folders, services) {
  const localPort = (number) => Object.values(pod.ports).find((known) => known.containerPort === Number(number))?.local ?? number;
  return args.map((arg) => {
    let text = arg.replace(/0\.0\.0\.0:(\d+)/, (_, number) => `127.0.0.1:${localPort(number)}`);
    for (const [path, folder] of Object.entries(folders)) text = text.replace(`=${path}`, `=${folder}`);
    return text.replace(/\/\/([a-z-]+):(\d+)/, (whole, name) => {
      const service = services.find((service) => service.metadata.name === name);
      const target = [...pods.values()].find((pod) => service && Object.entries(service.spec.selector).every(([key, value]) => pod.labels[key] === value));
      return target ? `//127.0.0.1:${target.ports[service.spec.ports[0].targetPort].local}` : whole;
    });
  });
}

// In a mount namespace of its own, with the token, the certificate and the namespace of the pod.
const inPod = 'mount -t tmpfs run /run && mkdir -p /run/secrets/kubernetes.io && ln -s "$0" /run/secrets/kubernetes.io/serviceaccount && exec "$@"';
const hasNamespaces = process.getuid() === 0 && realpathSync('/var/run') === '/run';
if (!hasNamespaces) console.log('skipped: without root pods find the API server by a kubeconfig, not as in a cluster');

function begin(name, namespace, token, args) {
  if (!hasNamespaces) return start(name, weirBinary, args, { KUBECONFIG: kubeconfig(`${name}.kubeconfig`, token), KUBERNETES_SERVICE_HOST: undefined });
  const folder = join(work, `account-${name}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'token'), token);
  writeFileSync(join(folder, 'namespace'), namespace);
  copyFileSync(join(work, 'certs', 'apiserver.crt'), join(folder, 'ca.crt'));
  const env = { KUBECONFIG: undefined, KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(apiPort) };
  return start(name, 'unshare', ['--mount', 'sh', '-c', inPod, folder, weirBinary, ...args], env);
}

async function run(deployment) {
  const { namespace, name } = deployment.metadata;
  const spec = deployment.spec.template.spec;
  const pod = await place(deployment);
  pods.set(name, pod);
  const folders = mounts(namespace, spec);
  const token = kubectl(['create', 'token', spec.serviceAccountName, '-n', namespace, '--duration=2h']).trim();
  const args = local(spec.containers[0].args, pod, folders, get('services', '-n', namespace).items);
  begin(name, namespace, token, args);
  const containers = spec.containers.map((container) => ({ ...container, volumeMounts: [], ports: container.ports.map((known) => ({ ...known, containerPort: pod.ports[known.name].local })) }));
  kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: pod.name, namespace, labels: pod.labels }, spec: { ...spec, containers, volumes: [], nodeName: 'test-node' } }));
}

async function isReady(name) {
  const local = Object.values(pods.get(name).ports)[0].local;
  return (await fetch(`http://127.0.0.1:${local}/-/ready`).catch(() => undefined))?.ok === true;
}

function tell(deployment, ready) {
  const { namespace, name, generation } = deployment.metadata;
  const now = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  const condition = (type, value, reason) => ({ type, status: value ? 'True' : 'False', reason, message: reason, lastTransitionTime: now, lastUpdateTime: now });
  const count = ready ? 1 : 0;
  status('deployment', namespace, name, {
    observedGeneration: generation, replicas: 1, updatedReplicas: 1, readyReplicas: count, availableReplicas: count, unavailableReplicas: 1 - count,
    conditions: [condition('Available', ready, 'MinimumReplicasAvailable'), condition('Progressing', true, ready ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated')],
  });
  if (ready) status('pod', namespace, `${name}-0`, { phase: 'Running', podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }], conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] });
}

// One look at a namespace: what is new is run, what has changed is told.
const told = new Map();
export async function look(namespace) {
  for (const deployment of get('deployments', '-n', namespace).items) {
    const { name, generation } = deployment.metadata;
    // Whatever it still waits for (a Secret, say) may be there at the next look.
    if (!children.has(name)) await run(deployment).catch(() => undefined);
    if (!children.has(name)) continue;
    const state = `${generation} ${await isReady(name)}`;
    if (told.get(name) !== state) tell(deployment, state.endsWith('true'));
    told.set(name, state);
  }
}

export const localPort = (name, port) => pods.get(name)?.ports[port]?.local;
