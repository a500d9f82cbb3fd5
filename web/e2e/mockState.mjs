// Rules, targets and status of the mock server.

const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString();

const rule = (name, query, state, extra = {}) => ({
  state,
  name,
  query,
  duration: 60,
  keepFiringFor: 0,
  labels: { severity: 'page' },
  annotations: { summary: '{{ $labels.kind }} {{ $labels.name }} is not ready' },
  alerts: [],
  health: 'ok',
  evaluationTime: 0.0008,
  lastEvaluation: ago(4),
  type: 'alerting',
  dead: false,
  selectors: [],
  ...extra,
});

const alert = (state, name, since) => ({
  labels: {
    alertname: 'FluxNotReady',
    kind: 'Kustomization',
    name,
    exported_namespace: 'flux-system',
    severity: 'page',
  },
  annotations: { summary: `Kustomization ${name} is not ready` },
  state,
  activeAt: ago(since),
  value: '1e+00',
});

export function rules() {
  const dead = 'max(gotk_reconcile_condition{status="False",type="Ready"}) by (namespace, name, kind) == 1';
  return {
    groups: [
      {
        name: 'flux',
        file: 'deploy/rules/flux.yaml',
        interval: 15,
        limit: 0,
        evaluationTime: 0.0021,
        lastEvaluation: ago(4),
        rules: [
          rule('FluxNotReady', 'gotk_resource_info{ready="False"} == 1', 'firing', {
            alerts: [alert('firing', 'apps', 340), alert('pending', 'zeta', 22)],
          }),
          rule('ReconciliationFailure', dead, 'inactive', {
            dead: true,
            selectors: [
              {
                selector: 'gotk_reconcile_condition{status="False",type="Ready"}',
                start: 4,
                end: 57,
                matchesNow: false,
                lastMatched: null,
                exempt: '',
                suggestion:
                  'no metric is named "gotk_reconcile_condition"; near are "gotk_reconcile_duration_seconds_count", "gotk_resource_info"',
              },
            ],
          }),
          {
            type: 'recording',
            name: 'flux:ready:count',
            query: 'count(gotk_resource_info)',
            labels: {},
            health: 'ok',
            evaluationTime: 0.0003,
            lastEvaluation: ago(4),
            dead: false,
            selectors: [],
          },
        ],
      },
      {
        name: 'weir',
        file: '(built in)',
        interval: 15,
        limit: 0,
        evaluationTime: 0.0001,
        lastEvaluation: ago(3),
        rules: [
          rule('WeirDeadAlert', 'weir_rule_dead == 1', 'pending', {
            alerts: [{ ...alert('pending', 'ReconciliationFailure', 30) }],
          }),
        ],
      },
    ],
  };
}

const target = (pool, instance, health, extra = {}) => ({
  discoveredLabels: {
    __address__: instance,
    __scheme__: 'http',
    __metrics_path__: '/metrics',
    __meta_kubernetes_pod_name: pool,
  },
  labels: { instance, job: pool, namespace: 'flux-system', pod: `${pool}-7d9f5c6b8-x2kqz` },
  scrapePool: pool,
  scrapeUrl: `http://${instance}/metrics`,
  globalUrl: `http://${instance}/metrics`,
  lastError: '',
  lastScrape: ago(7),
  lastScrapeDuration: 0.0123,
  health,
  scrapeInterval: '15s',
  scrapeTimeout: '10s',
  ...extra,
});

export function targets() {
  return {
    activeTargets: [
      target('source-controller', '10.42.0.11:8080', 'up'),
      target('kustomize-controller', '10.42.0.12:8080', 'up'),
      target('helm-controller', '10.42.0.13:8080', 'down', {
        lastError: 'Get "http://10.42.0.13:8080/metrics": context deadline exceeded',
      }),
      target('weir', '127.0.0.1:9090', 'up'),
      target('weir', '127.0.0.1:9091', 'unknown', {
        lastScrape: '0001-01-01T00:00:00Z',
        lastScrapeDuration: 0,
      }),
    ],
    droppedTargets: [
      { discoveredLabels: { __address__: '10.42.0.99:10250', job: 'kubelet' }, scrapePool: 'kubelet' },
    ],
    droppedTargetCounts: { kubelet: 1 },
  };
}

export const status = {
  weir: () => ({
    demo: true,
    demoHint:
      'This is a demo: a recording of a Flux control plane, replayed in a loop. To watch your own: weir up --config.file=prometheus.yml',
    version: '0.1.0',
    webhooks: [
      {
        name: 'demo',
        url: 'http://127.0.0.1:9090/-/demo-webhook',
        lastSuccess: ago(20),
        lastError: null,
        pending: 0,
        alerts: 2,
        nextLook: null,
      },
    ],
    alertmanagers: [
      { url: 'http://alertmanager:9093', lastSuccess: null, lastError: 'connection refused', pending: 2 },
    ],
    recentNotifications: [
      {
        time: ago(20),
        receiver: 'demo',
        status: 'firing',
        alerts: ['{alertname="FluxNotReady", name="apps"}'],
        alertCount: 1,
        error: null,
      },
    ],
  }),
  buildinfo: {
    version: '0.1.0',
    revision: 'abcdef0',
    branch: 'main',
    buildDate: '2026-11-24',
    goVersion: 'rustc 1.95',
  },
  runtimeinfo: () => ({
    startTime: ago(4000),
    CWD: '/data',
    hostname: 'weir-0',
    serverTime: ago(0),
    reloadConfigSuccess: true,
    lastConfigTime: ago(4000),
    corruptionCount: 0,
    storageRetention: '15d',
  }),
  flags: {
    'config.file': 'prometheus.yml',
    'web.listen-address': '127.0.0.1:9090',
    'storage.tsdb.path': './weir-data',
  },
  config:
    'global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: weir\n    static_configs:\n      - targets: [127.0.0.1:9090]\n',
  tsdb: () => ({
    headStats: {
      numSeries: 27765,
      numLabelPairs: 5120,
      chunkCount: 30112,
      minTime: Date.now() - 7.2e6,
      maxTime: Date.now(),
    },
    seriesCountByMetricName: [
      { name: 'apiserver_request_duration_seconds_bucket', value: 9120 },
      { name: 'up', value: 9 },
    ],
    labelValueCountByLabelName: [{ name: '__name__', value: 812 }],
    memoryInBytesByLabelName: [{ name: 'le', value: 18231 }],
    seriesCountByLabelValuePair: [{ name: 'job=kube-apiserver', value: 18211 }],
  }),
};
