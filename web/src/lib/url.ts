// View state of a dashboard in the address, with Grafana's names; one pure pair of functions.
import type { RawRange } from './time';

export interface ViewState {
  /** Absent: the dashboard's own. */
  range: RawRange | null;
  /** Absent: the dashboard's own; "" is off. */
  refresh: string | null;
  variables: Record<string, string[]>;
  viewPanel: string | null;
}

export function decodeView(search: string): ViewState {
  const params = new URLSearchParams(search);
  const from = params.get('from');
  const to = params.get('to');
  const variables: Record<string, string[]> = {};
  for (const [name, value] of params) {
    if (!name.startsWith('var-')) continue;
    const variable = name.slice('var-'.length);
    const known = variables[variable];
    // Grafana writes `All` as `$__all`; old links say `All`.
    const normal = value === 'All' ? '$__all' : value;
    if (known) known.push(normal);
    else variables[variable] = [normal];
  }
  return {
    range: from || to ? { from: from || 'now-1h', to: to || 'now' } : null,
    refresh: params.get('refresh'),
    variables,
    viewPanel: params.get('viewPanel'),
  };
}

/** Puts the view into an address' query string; parameters that are not ours stay. */
export function encodeView(view: ViewState, search: string): string {
  const params = new URLSearchParams(search);
  for (const name of [...params.keys()]) {
    if (name.startsWith('var-') || ['from', 'to', 'refresh', 'viewPanel'].includes(name)) params.delete(name);
  }
  for (const [name, values] of Object.entries(view.variables)) {
    for (const value of values) params.append(`var-${name}`, value);
  }
  if (view.range) {
    params.set('from', view.range.from);
    params.set('to', view.range.to);
  }
  if (view.refresh !== null) params.set('refresh', view.refresh);
  if (view.viewPanel !== null) params.set('viewPanel', view.viewPanel);
  const text = params.toString().replaceAll('%24__all', '$__all');
  return text ? `?${text}` : '';
}

/** What explore keeps in the address: Prometheus' own `g0.*` names. */
export interface ExploreState {
  expr: string;
  tab: 'table' | 'graph';
  rangeS: number;
  /** Milliseconds; null is now. */
  endMs: number | null;
  stacked: boolean;
}

export function decodeExplore(search: string): ExploreState {
  const params = new URLSearchParams(search);
  const tab = params.get('g0.tab');
  const end = params.get('g0.end_input') ?? params.get('g0.moment_input');
  const endMs = end ? Date.parse(`${end.replace(' ', 'T')}Z`) : Number.NaN;
  return {
    expr: params.get('g0.expr') ?? params.get('expr') ?? '',
    tab: tab === '0' || tab === 'graph' ? 'graph' : 'table',
    rangeS: readSpan(params.get('g0.range_input')),
    endMs: Number.isNaN(endMs) ? null : endMs,
    stacked: params.get('g0.stacked') === '1' || params.get('g0.display_mode') === 'stacked',
  };
}

export function encodeExplore(state: ExploreState): string {
  const params = new URLSearchParams();
  params.set('g0.expr', state.expr);
  params.set('g0.tab', state.tab);
  params.set('g0.range_input', writeSpan(state.rangeS));
  if (state.endMs !== null) {
    params.set('g0.end_input', new Date(state.endMs).toISOString().slice(0, 19).replace('T', ' '));
  }
  if (state.stacked) params.set('g0.display_mode', 'stacked');
  return `?${params}`;
}

const SPANS: [string, number][] = [
  ['y', 31_536_000],
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
];

function readSpan(text: string | null): number {
  let seconds = 0;
  for (const [, amount, unit] of (text ?? '').matchAll(/(\d+)([smhdwy])/g)) {
    seconds += Number(amount) * (SPANS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return seconds > 0 ? seconds : 3600;
}

/** Seconds as Prometheus writes a duration: "1h30m". */
export function writeSpan(seconds: number): string {
  let rest = Math.max(1, Math.round(seconds));
  let text = '';
  for (const [unit, size] of SPANS) {
    const count = Math.floor(rest / size);
    if (count > 0 && unit !== 'y' && unit !== 'w') text += `${count}${unit}`;
    if (unit !== 'y' && unit !== 'w') rest -= count * size;
  }
  return text;
}
