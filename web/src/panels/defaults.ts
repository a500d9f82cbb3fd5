// The model's defaults, for charts that no dashboard describes.
import type { FieldConfig, Panel, TimeseriesOptions } from '../api/dashboards';

export function defaultField(unit = ''): FieldConfig {
  return {
    unit,
    decimals: null,
    min: null,
    max: null,
    displayName: '',
    noValue: '',
    color: { mode: 'palette', fixed: '' },
    thresholds: { mode: 'absolute', steps: [{ value: null, color: 'green' }] },
    mappings: [],
    custom: {
      drawStyle: 'line',
      interpolation: 'linear',
      lineWidth: 1.5,
      fillOpacity: 4,
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
    },
  };
}

export function defaultTimeseries(stacked: boolean): Extract<Panel, { type: 'timeseries' }> {
  const field = defaultField('short');
  if (stacked) {
    field.custom.stacking = 'normal';
    field.custom.fillOpacity = 30;
  }
  const options: TimeseriesOptions = {
    legend: {
      show: true,
      mode: 'list',
      placement: 'bottom',
      calcs: [],
      hideEmpty: false,
      hideZero: false,
      sortBy: '',
      sortDesc: false,
    },
    tooltip: { mode: 'multi', sort: 'desc' },
  };
  return {
    key: 'explore',
    type: 'timeseries',
    originalType: 'timeseries',
    title: '',
    description: '',
    grid: { x: 0, y: 0, w: 24, h: 10 },
    row: null,
    collapsed: false,
    transparent: true,
    queries: [],
    field,
    overrides: [],
    transformations: [],
    options,
  };
}
