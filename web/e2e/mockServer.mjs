// A stand-in for weir while the pages are developed: synthetic answers of the API, and the built pages.
// `npm run build && npm run mock`, then open the address that is printed.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { dashboards, expand } from './mockDashboards.mjs';
import { rules, status, targets } from './mockState.mjs';

const dist = join(import.meta.dirname, '..', 'dist');
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'";
const POD_NAMES = ['source-controller', 'kustomize-controller', 'helm-controller', 'notification-controller'];

function hash(text) {
  let h = 7;
  for (const c of text) h = (h * 31 + c.charCodeAt(0)) >>> 0;
  return h;
}

/** A calm wave with a little noise, the same for the same expression, labels and time. */
function valueAt(key, scale, s) {
  const h = hash(key);
  const wave = Math.sin((s / 900) * Math.PI * 2 + (h % 628) / 100);
  const noise = ((hash(key + Math.floor(s / 15)) % 1000) / 1000 - 0.5) * 0.3;
  return scale * (1 + 0.35 * wave + noise + (h % 7) / 10);
}

function seriesOf(expr) {
  if (expr.includes('empty_metric')) return [];
  if (/by \((pod)\)|process_cpu/.test(expr))
    return POD_NAMES.map((n) => ({ pod: `${n}-7d9f5c6b8-x${n.length}kqz` }));
  if (/by \(kind\)/.test(expr)) {
    const kinds = expr.includes('GitRepository')
      ? ['Bucket', 'GitRepository', 'HelmRepository', 'OCIRepository']
      : ['HelmRelease', 'Kustomization'];
    return kinds.map((kind) => ({ kind }));
  }
  if (/by \(kind, ?name\)/.test(expr)) {
    return ['apps', 'infra', 'flux-system', 'monitoring', 'zeta'].map((name) => ({
      kind: 'Kustomization',
      name,
    }));
  }
  if (/^gotk_/.test(expr)) {
    const kinds = expr.includes('GitRepository')
      ? ['GitRepository', 'HelmRepository', 'Bucket']
      : ['Kustomization', 'HelmRelease'];
    return Array.from({ length: 14 }, (_, i) => ({
      __name__: 'gotk_resource_info',
      customresource_kind: kinds[i % kinds.length],
      exported_namespace: i % 3 ? 'flux-system' : 'apps',
      name: `app-${i + 1}`,
      ready: i % 5 === 1 ? 'False' : 'True',
    }));
  }
  if (/^(sum|max|min|avg|count)\(/.test(expr)) return [{}];
  if (/^\w+$/.test(expr)) return POD_NAMES.map((n) => ({ __name__: expr, pod: n, namespace: 'flux-system' }));
  return [{}];
}

function scaleOf(expr) {
  if (/memory|alloc_bytes/.test(expr)) return 48e6;
  if (/duration|cpu|longest/.test(expr)) return 0.35;
  if (/^gotk_/.test(expr)) return 1;
  return 12;
}

const sample = (expr, labels, s) => {
  const value = valueAt(expr + JSON.stringify(labels), scaleOf(expr), s);
  return [
    s,
    /count\(|go_info|^gotk_/.test(expr) ? String(/^gotk_/.test(expr) ? 1 : Math.round(value)) : String(value),
  ];
};

function query(params) {
  const expr = params.get('query');
  if (expr.includes('!!')) return fail(400, 'bad_data', "1:1: parse error: unexpected character: '!'");
  const now = Number(params.get('time') ?? Date.now() / 1000);
  const result = seriesOf(expr).map((metric) => ({ metric, value: sample(expr, metric, now) }));
  return ok({ resultType: 'vector', result });
}

function queryRange(params) {
  const expr = params.get('query');
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(params.get(name)));
  const result = seriesOf(expr).map((metric) => {
    const values = [];
    for (let s = start; s <= end + 1e-6; s += step) values.push(sample(expr, metric, Number(s.toFixed(3))));
    return { metric, values };
  });
  return ok({ resultType: 'matrix', result });
}

function liveness(params) {
  const selector = params.get('query');
  return ok([
    {
      selector,
      start: 0,
      end: selector.length,
      matchesNow: !selector.includes('empty'),
      lastMatched: null,
      exempt: '',
      suggestion: 'no metric is named "empty_metric"; near is "emptier_metric"',
    },
  ]);
}

const ok = (data) => ({ code: 200, body: { status: 'success', data } });
const fail = (code, errorType, error) => ({ code, body: { status: 'error', errorType, error } });

const ROUTES = {
  query,
  query_range: queryRange,
  selector_liveness: liveness,
  rules: () => ok(rules()),
  targets: () => ok(targets()),
  'status/weir': () => ok(status.weir()),
  'status/buildinfo': () => ok(status.buildinfo),
  'status/runtimeinfo': () => ok(status.runtimeinfo()),
  'status/flags': () => ok(status.flags),
  'status/config': () => ok({ yaml: status.config }),
  'status/tsdb': () => ok(status.tsdb()),
  labels: () => ok(['__name__', 'instance', 'job', 'namespace', 'pod']),
  'label/__name__/values': () => ok(['up', 'gotk_resource_info', 'go_info', 'process_cpu_seconds_total']),
  metadata: () => ok({ up: [{ type: 'gauge', help: 'Whether the last scrape succeeded.', unit: '' }] }),
  series: () => ok([{ __name__: 'up', job: 'flux' }]),
};

async function api(path, request, params) {
  if (path === '/api/dashboards')
    return {
      code: 200,
      body: dashboards.map(({ panels, ...d }) => ({
        uid: d.uid,
        title: d.title,
        slug: d.slug,
        url: `/d/${d.uid}/${d.slug}`,
        folder: d.folder,
        tags: d.tags,
      })),
    };
  const found = /^\/api\/dashboards\/uid\/([^/]+)(\/expand)?$/.exec(path);
  if (found) {
    const dashboard = dashboards.find((d) => d.uid === found[1]);
    if (!dashboard) return fail(404, 'not_found', `no dashboard has the uid ${found[1]}`);
    return { code: 200, body: found[2] ? expand(dashboard, JSON.parse(await bodyOf(request))) : dashboard };
  }
  const route = ROUTES[path.replace('/api/v1/', '')];
  if (!route) return fail(404, 'not_found', `no such path: ${path}`);
  if (request.method === 'POST') params = new URLSearchParams(await bodyOf(request));
  return route(params);
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (url.pathname.startsWith('/api/')) {
    const { code, body } = await api(url.pathname, request, url.searchParams);
    response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  const path = normalize(url.pathname);
  const file = extname(path) ? path : '/index.html';
  try {
    const content = await readFile(join(dist, file));
    response
      .writeHead(200, {
        'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
        'Content-Security-Policy': POLICY,
      })
      .end(content);
  } catch {
    response.writeHead(404).end('not found');
  }
});

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
