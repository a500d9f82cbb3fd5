// The contract of docs/formats/dashboard-api.md: the server migrates and expands, the browser draws.
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { getJson, postJson } from './client';

export interface DashboardSummary {
  uid: string;
  title: string;
  slug: string;
  url: string;
  folder: string;
  tags: string[];
}

export interface Dashboard {
  uid: string;
  title: string;
  slug: string;
  description: string;
  tags: string[];
  time: { from: string; to: string };
  refresh: string;
  refreshIntervals: string[];
  timezone: 'browser' | 'utc';
  sharedCrosshair: boolean;
  variables: Variable[];
  panels: Panel[];
  notes: string[];
}

export interface Variable {
  name: string;
  label: string;
  description: string;
  type: 'query' | 'custom' | 'interval' | 'textbox' | 'constant' | 'datasource';
  hide: 'none' | 'label' | 'variable';
  multi: boolean;
  includeAll: boolean;
}

export type PanelType =
  | 'timeseries'
  | 'stat'
  | 'gauge'
  | 'bargauge'
  | 'table'
  | 'text'
  | 'row'
  | 'logs'
  | 'unsupported';

export interface Grid {
  x: number;
  y: number;
  w: number;
  h: number;
}

interface PanelBase {
  key: string;
  originalType: string;
  title: string;
  description: string;
  grid: Grid;
  row: string | null;
  collapsed: boolean;
  transparent: boolean;
  queries: PanelQuery[];
  field: FieldConfig;
  overrides: FieldOverride[];
  transformations: Transformation[];
}

export type Panel = PanelBase &
  (
    | { type: 'timeseries'; options: TimeseriesOptions }
    | { type: 'stat'; options: StatOptions }
    | { type: 'gauge'; options: GaugeOptions }
    | { type: 'bargauge'; options: BarGaugeOptions }
    | { type: 'table'; options: TableOptions }
    | { type: 'text'; options: TextOptions }
    | { type: 'row' | 'logs' | 'unsupported'; options: Record<string, never> }
  );

export interface PanelQuery {
  refId: string;
  expr: string;
  legend: string;
  hide: boolean;
  instant: boolean;
  format: 'time_series' | 'table';
}

export interface FieldConfig {
  unit: string;
  decimals: number | null;
  min: number | null;
  max: number | null;
  displayName: string;
  noValue: string;
  color: { mode: 'thresholds' | 'fixed' | 'palette' | 'continuous'; fixed: string };
  thresholds: Thresholds;
  mappings: Mapping[];
  custom: FieldCustom;
}

export interface Thresholds {
  mode: 'absolute' | 'percentage';
  steps: { value: number | null; color: string }[];
}

export type Mapping =
  | { type: 'value'; value: string; text: string; color: string }
  | { type: 'range'; from: number | null; to: number | null; text: string; color: string }
  | { type: 'regex'; pattern: string; text: string; color: string }
  | {
      type: 'special';
      match: 'null' | 'nan' | 'null+nan' | 'true' | 'false' | 'empty';
      text: string;
      color: string;
    };

export interface FieldCustom {
  drawStyle: 'line' | 'bars' | 'points';
  interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  lineWidth: number;
  fillOpacity: number;
  showPoints: 'auto' | 'always' | 'never';
  pointSize: number;
  spanNulls: boolean;
  nullAsZero: boolean;
  stacking: 'none' | 'normal' | 'percent';
  axisPlacement: 'auto' | 'left' | 'right' | 'hidden';
  logBase: number;
  hideFrom: { legend: boolean; tooltip: boolean; viz: boolean };
  cell: 'auto' | 'color-text' | 'color-background' | 'gauge';
  align: 'auto' | 'left' | 'center' | 'right';
  width: number | null;
  filterable: boolean;
  hidden: boolean;
}

export type DeepPartial<T> = T extends (infer _)[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

export type Matcher =
  | { kind: 'byName' | 'byRegexp' | 'byType' | 'byFrameRefID'; value: string }
  | {
      kind: 'byValue';
      reducer: string;
      op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq' | '';
      value: number;
    };

export interface FieldOverride {
  matcher: Matcher;
  set: DeepPartial<FieldConfig>;
}

export type Transformation =
  | { type: 'organize'; exclude: string[]; rename: Record<string, string>; order: Record<string, number> }
  | { type: 'filterFieldsByName'; pattern: string; names: string[] }
  | { type: 'merge' }
  | { type: 'labelsToFields' }
  | { type: 'seriesToRows' }
  | { type: 'sortBy'; field: string; desc: boolean }
  | { type: 'reduce'; reducers: string[] };

export interface Legend {
  show: boolean;
  mode: 'list' | 'table';
  placement: 'bottom' | 'right';
  calcs: string[];
  hideEmpty: boolean;
  hideZero: boolean;
  sortBy: string;
  sortDesc: boolean;
}

export interface TimeseriesOptions {
  legend: Legend;
  tooltip: { mode: 'single' | 'multi' | 'none'; sort: 'none' | 'asc' | 'desc' };
}

export interface ReduceOptions {
  calcs: string[];
  fields: string;
  values: boolean;
  limit: number | null;
}

export type Orientation = 'auto' | 'horizontal' | 'vertical';

export interface StatOptions {
  reduce: ReduceOptions;
  colorMode: 'none' | 'value' | 'background';
  graphMode: 'none' | 'area';
  textMode: 'auto' | 'value' | 'value_and_name' | 'name' | 'none';
  justify: 'auto' | 'center';
  orientation: Orientation;
}

export interface GaugeOptions {
  reduce: ReduceOptions;
  showThresholdLabels: boolean;
  showThresholdMarkers: boolean;
  orientation: Orientation;
}

export interface BarGaugeOptions {
  reduce: ReduceOptions;
  orientation: Orientation;
  displayMode: 'basic' | 'gradient' | 'lcd';
  showUnfilled: boolean;
  valueMode: 'color' | 'text' | 'hidden';
}

export interface TableOptions {
  showHeader: boolean;
  sortBy: { field: string; desc: boolean }[];
  footer: { show: boolean; reducers: string[]; fields: string[] };
}

export interface TextOptions {
  mode: 'markdown' | 'html' | 'code';
  content: string;
}

export interface ExpandRequest {
  variables: Record<string, string[]>;
  from: number;
  to: number;
  maxDataPoints: Record<string, number>;
}

export interface Expansion {
  variables: ResolvedVariable[];
  panels: ExpandedPanel[];
  notes: string[];
}

export interface ResolvedVariable {
  name: string;
  options: { text: string; value: string }[];
  current: string[];
  text: string;
  error: string;
}

export interface ExpandedPanel {
  key: string;
  source: string;
  row: string | null;
  title: string;
  grid: Grid;
  text: string;
  queries: ExpandedQuery[];
}

export interface ExpandedQuery {
  refId: string;
  expr: string;
  legend: string;
  instant: boolean;
  format: 'time_series' | 'table';
  stepMs: number;
}

/** All dashboards, sorted by folder and title. */
export function useDashboards() {
  return useQuery({
    queryKey: ['dashboards'],
    queryFn: ({ signal }) => getJson<DashboardSummary[]>('/api/dashboards', signal),
  });
}

/** One dashboard in the current model. */
export function useDashboard(uid: string) {
  return useQuery({
    queryKey: ['dashboard', uid],
    staleTime: 60_000,
    queryFn: ({ signal }) => getJson<Dashboard>(`/api/dashboards/uid/${encodeURIComponent(uid)}`, signal),
  });
}

/** An expansion with what it was asked for: its steps fit only that range. */
export interface Expanded extends Expansion {
  from: number;
  to: number;
  /** When the reader asked, or the page refreshed; ms since the epoch. */
  askedAt: number;
}

/**
 * Variables and queries, expanded for a range and the panels' widths. The last good one stays while the next is on
 * its way or has failed.
 */
export function useExpansion(uid: string, body: ExpandRequest | undefined, askedAt: number) {
  const last = useRef<Expanded | undefined>(undefined);
  const query = useQuery({
    queryKey: ['expand', uid, body, askedAt],
    enabled: body !== undefined,
    gcTime: 15_000,
    queryFn: async ({ signal }): Promise<Expanded> => {
      const path = `/api/dashboards/uid/${encodeURIComponent(uid)}/expand`;
      const expansion = await postJson<Expansion>(path, body, signal);
      return { ...expansion, from: body?.from ?? 0, to: body?.to ?? 0, askedAt };
    },
  });
  if (query.data) last.current = query.data;
  return { data: query.data ?? last.current, error: query.error };
}
