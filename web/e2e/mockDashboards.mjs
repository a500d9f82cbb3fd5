// Two dashboards of the mock server, in the browser's model.
import { readFileSync } from 'node:fs';

const custom = (over = {}) => ({
  drawStyle: 'line',
  interpolation: 'linear',
  lineWidth: 1,
  fillOpacity: 10,
  showPoints: 'never',
  pointSize: 5,
  spanNulls: false,
  nullAsZero: false,
  stacking: 'none',
  axisPlacement: 'auto',
  logBase: 1,
  hideFrom: { legend: false, tooltip: false, viz: false },
  cell: 'auto',
  align: 'auto',
  width: null,
  filterable: false,
  hidden: false,
  ...over,
});

const field = (over = {}) => ({
  unit: '',
  decimals: null,
  min: null,
  max: null,
  displayName: '',
  noValue: '',
  color: { mode: 'palette', fixed: '' },
  thresholds: { mode: 'absolute', steps: [{ value: null, color: 'green' }] },
  mappings: [],
  custom: custom(over.custom),
  ...Object.fromEntries(Object.entries(over).filter(([k]) => k !== 'custom')),
});

const legend = (over = {}) => ({
  show: true,
  mode: 'list',
  placement: 'bottom',
  calcs: [],
  hideEmpty: false,
  hideZero: false,
  sortBy: '',
  sortDesc: false,
  ...over,
});
const reduce = (calc) => ({ calcs: [calc], fields: '', values: false, limit: null });
const steps = (...list) => ({ mode: 'absolute', steps: list.map(([value, color]) => ({ value, color })) });
const byThreshold = { mode: 'thresholds', fixed: '' };

const options = {
  timeseries: (over) => ({ legend: legend(over), tooltip: { mode: 'multi', sort: 'desc' } }),
  stat: (graphMode = 'none', calc = 'lastNotNull') => ({
    reduce: reduce(calc),
    colorMode: 'value',
    graphMode,
    textMode: 'value',
    justify: 'auto',
    orientation: 'horizontal',
  }),
  gauge: {
    reduce: reduce('last'),
    showThresholdLabels: false,
    showThresholdMarkers: true,
    orientation: 'auto',
  },
  bargauge: {
    reduce: reduce('mean'),
    orientation: 'horizontal',
    displayMode: 'gradient',
    showUnfilled: true,
    valueMode: 'color',
  },
  table: {
    showHeader: true,
    sortBy: [{ field: 'Status', desc: true }],
    footer: { show: false, reducers: [], fields: [] },
  },
};

let next = 0;
function panel(type, title, [x, y, w, h], queries, rest = {}) {
  next += 1;
  return {
    key: String(next),
    type,
    originalType: type,
    title,
    description: '',
    grid: { x, y, w, h },
    row: null,
    collapsed: false,
    transparent: false,
    queries: queries.map((q, i) => ({
      refId: 'ABC'[i],
      expr: q[0],
      legend: q[1] ?? '',
      hide: false,
      instant: q[2] ?? false,
      format: q[3] ?? 'time_series',
    })),
    field: field(),
    overrides: [],
    transformations: [],
    options: {},
    ...rest,
  };
}

function rowOf(row, panels) {
  return [row, ...panels.map((p) => ({ ...p, row: row.key }))];
}

const base = (uid, title, slug) => ({
  uid,
  title,
  slug,
  folder: 'Flux',
  description: '',
  tags: ['flux'],
  time: { from: 'now-15m', to: 'now' },
  refresh: '10s',
  refreshIntervals: ['10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'],
  timezone: 'browser',
  sharedCrosshair: true,
  notes: [],
  variables: [
    {
      name: 'namespace',
      label: 'Namespace',
      description: '',
      type: 'query',
      hide: 'none',
      multi: uid.endsWith('cluster'),
      includeAll: uid.endsWith('cluster'),
    },
  ],
});

const count = {
  unit: 'short',
  decimals: 0,
  color: byThreshold,
  thresholds: steps([null, 'blue'], [100, 'red']),
};
const failing = {
  unit: 'short',
  decimals: 0,
  color: byThreshold,
  thresholds: steps([null, 'blue'], [1, 'red']),
  noValue: '0',
};
const ready = {
  field: field({
    color: byThreshold,
    thresholds: steps([null, 'blue']),
    mappings: [
      { type: 'value', value: 'True', text: 'Ready', color: 'green' },
      { type: 'value', value: 'False', text: 'Not Ready', color: 'red' },
    ],
    custom: { filterable: true },
  }),
  overrides: [
    { matcher: { kind: 'byName', value: 'Status' }, set: { custom: { cell: 'color-background' } } },
  ],
  transformations: [
    {
      type: 'organize',
      exclude: ['Time', '__name__', 'Value'],
      rename: { customresource_kind: 'Kind', exported_namespace: 'Namespace', name: 'Name', ready: 'Status' },
      order: { exported_namespace: 0, customresource_kind: 1, name: 2, ready: 3 },
    },
  ],
  options: options.table,
};
const durations = {
  unit: 's',
  color: byThreshold,
  thresholds: steps([null, 'green'], [1, 'yellow'], [61, 'red']),
};

const own = [
  {
    ...base('gitops-toolkit-cluster', 'GitOps Toolkit Cluster', 'gitops-toolkit-cluster'),
    panels: [
      panel('stat', 'Cluster Reconcilers', [0, 0, 6, 5], [['count(gotk_resource_info)']], {
        field: field(count),
        options: options.stat(),
      }),
      panel('stat', 'Failing Reconcilers', [6, 0, 6, 5], [['count(empty_metric)']], {
        field: field(failing),
        options: options.stat('area'),
      }),
      panel('stat', 'Kubernetes Manifests Sources', [12, 0, 6, 5], [['count(sources)']], {
        field: field(count),
        options: options.stat(),
      }),
      panel('stat', 'Failing Sources', [18, 0, 6, 5], [['sum(failing_sources)']], {
        field: field(failing),
        options: options.stat('area'),
      }),
      panel(
        'bargauge',
        'Reconciler ops avg. duration',
        [0, 5, 12, 4],
        [['avg(duration) by (kind)', '{{kind}}']],
        { field: field(durations), options: options.bargauge },
      ),
      panel(
        'bargauge',
        'Source ops avg. duration',
        [12, 5, 12, 4],
        [['avg(duration{kind="GitRepository"}) by (kind)', '{{kind}}']],
        { field: field(durations), options: options.bargauge },
      ),
      ...rowOf(panel('row', 'Status', [0, 9, 24, 1], []), [
        panel(
          'table',
          'Cluster reconciliation readiness',
          [0, 10, 12, 8],
          [['gotk_resource_info{}', '', true, 'table']],
          ready,
        ),
        panel(
          'table',
          'Source acquisition readiness',
          [12, 10, 12, 8],
          [['gotk_resource_info{kind="GitRepository"}', '', true, 'table']],
          ready,
        ),
      ]),
      ...rowOf(panel('row', 'Timing', [0, 18, 24, 1], []), [
        panel(
          'timeseries',
          'Cluster reconciliation duration',
          [0, 19, 24, 8],
          [['avg(duration) by (kind, name)', '{{kind}}/{{name}}']],
          {
            field: field({ unit: 's' }),
            options: options.timeseries({ placement: 'right', mode: 'table', calcs: ['mean'] }),
          },
        ),
        panel('timeseries', 'Nothing here', [0, 27, 12, 7], [['empty_metric']], {
          options: options.timeseries(),
        }),
        panel('text', '', [12, 27, 12, 7], [], {
          options: {
            mode: 'markdown',
            content:
              '## Notes\n\nA **safe** subset, `code`, a [link](https://fluxcd.io).\n\n- one\n- two <b>no html</b>',
          },
        }),
      ]),
    ],
  },
  {
    ...base('gitops-toolkit-control-plane', 'GitOps Toolkit Control Plane', 'gitops-toolkit-control-plane'),
    panels: [
      panel('stat', 'Controllers', [0, 0, 6, 5], [['count(go_info)']], {
        field: field(count),
        options: options.stat(),
      }),
      panel('stat', 'Max Work Queue', [6, 0, 6, 5], [['max(workqueue_longest)']], {
        field: field({
          unit: 's',
          color: byThreshold,
          thresholds: steps([null, 'blue'], [50, '#EAB839'], [100, 'red']),
        }),
        options: options.stat('area'),
      }),
      panel('gauge', 'Memory', [12, 0, 6, 5], [['sum(go_memstats_alloc_bytes)']], {
        field: field({
          unit: 'decbits',
          color: byThreshold,
          thresholds: steps([null, 'blue'], [5e8, '#EAB839'], [9e8, 'red']),
        }),
        options: options.gauge,
      }),
      panel('stat', 'API Requests', [18, 0, 6, 5], [['sum(rate(rest))']], {
        field: field({
          color: byThreshold,
          thresholds: steps([null, 'blue'], [50, '#EAB839'], [100, 'red']),
        }),
        options: options.stat('area', 'mean'),
      }),
      ...rowOf(panel('row', 'Resource Usage', [0, 5, 24, 1], []), [
        panel(
          'timeseries',
          'Kubernetes API Requests',
          [0, 6, 24, 8],
          [
            ['sum(requests)', 'total'],
            ['sum(errors)', 'errors'],
          ],
          { options: options.timeseries({ mode: 'table', calcs: ['mean', 'lastNotNull'] }) },
        ),
        panel('timeseries', 'CPU Usage', [0, 14, 12, 11], [['process_cpu', '{{pod}}']], {
          field: field({ unit: 's', custom: { stacking: 'normal' } }),
          options: options.timeseries(),
        }),
        panel('timeseries', 'Memory Usage', [12, 14, 12, 11], [['memory by (pod)', '{{pod}}']], {
          field: field({ unit: 'bytes', decimals: 0, custom: { stacking: 'normal' } }),
          options: options.timeseries(),
        }),
      ]),
      ...rowOf(panel('row', 'Reconciliation Stats', [0, 25, 24, 1], []), [
        panel(
          'timeseries',
          'Cluster Reconciliations ops/min',
          [0, 26, 24, 8],
          [
            ['sum(ok)', 'successful reconciliations '],
            ['sum(bad)', 'failed reconciliations '],
          ],
          {
            field: field({
              unit: 'opm',
              custom: { drawStyle: 'bars', fillOpacity: 100, interpolation: 'stepAfter' },
            }),
            options: options.timeseries(),
          },
        ),
      ]),
    ],
  },
];

// MOCK_DASHBOARDS: a file with a list of dashboards in the browser's model, to draw instead.
const given = process.env.MOCK_DASHBOARDS;
export const dashboards = given ? JSON.parse(readFileSync(given, 'utf8')) : own;

export function expand(dashboard, request) {
  const names = ['apps', 'flux-system', 'monitoring'];
  return {
    variables: dashboard.variables.map((v) => {
      const current = request.variables[v.name] ?? [v.includeAll ? '$__all' : 'flux-system'];
      return {
        name: v.name,
        options: names.map((n) => ({ text: n, value: n })),
        current,
        text: current.map((c) => (c === '$__all' ? 'All' : c)).join(' + '),
        error: '',
      };
    }),
    panels: dashboard.panels.map((p) => ({
      key: p.key,
      source: p.key,
      row: p.row,
      title: p.title,
      grid: p.grid,
      text: p.options.content ?? '',
      queries: p.queries.map(({ refId, expr, legend: text, instant, format }) => ({
        refId,
        expr,
        legend: text,
        instant,
        format,
        stepMs: Math.max(
          5000,
          Math.round((request.to - request.from) / (request.maxDataPoints[p.key] ?? 800)),
        ),
      })),
    })),
    notes: [],
  };
}
