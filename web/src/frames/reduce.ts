// Series to one number.
import type { ReduceOptions } from '../api/dashboards';
import type { Frame } from './frame';

type Values = (number | null)[];

const present = (values: Values) => values.filter((v): v is number => v !== null && !Number.isNaN(v));

function sum(values: Values): number | null {
  const all = present(values);
  return all.length > 0 ? all.reduce((a, b) => a + b, 0) : null;
}

/** The growth of a counter, resets left out. */
function delta(values: Values): number | null {
  const all = present(values);
  if (all.length === 0) return null;
  let total = 0;
  for (let i = 1; i < all.length; i += 1) {
    const step = (all[i] ?? 0) - (all[i - 1] ?? 0);
    total += step >= 0 ? step : (all[i] ?? 0);
  }
  return total;
}

function extreme(values: Values, better: (a: number, b: number) => boolean): number | null {
  let best: number | null = null;
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    if (best === null || better(value, best)) best = value;
  }
  return best;
}

const REDUCERS: Record<string, (values: Values) => number | null> = {
  last: (values) => values[values.length - 1] ?? null,
  lastNotNull: (values) => values.findLast((v) => v !== null && !Number.isNaN(v)) ?? null,
  first: (values) => values[0] ?? null,
  firstNotNull: (values) => values.find((v) => v !== null && !Number.isNaN(v)) ?? null,
  mean: (values) => {
    const all = present(values);
    return all.length > 0 ? all.reduce((a, b) => a + b, 0) / all.length : null;
  },
  min: (values) => extreme(values, (a, b) => a < b),
  max: (values) => extreme(values, (a, b) => a > b),
  sum,
  count: (values) => values.length,
  range: (values) => {
    const low = extreme(values, (a, b) => a < b);
    const high = extreme(values, (a, b) => a > b);
    return low === null || high === null ? null : high - low;
  },
  delta,
  allIsZero: (values) => (present(values).length > 0 && present(values).every((v) => v === 0) ? 1 : 0),
  allIsNull: (values) => (present(values).length === 0 ? 1 : 0),
};

/** A reducer by name; one that nobody knows is `lastNotNull`. */
export function reduce(values: Values, reducer: string): number | null {
  return (REDUCERS[reducer] ?? REDUCERS.lastNotNull ?? sum)(values);
}

const TITLES: Record<string, string> = {
  last: 'Last',
  lastNotNull: 'Last *',
  first: 'First',
  firstNotNull: 'First *',
  mean: 'Mean',
  min: 'Min',
  max: 'Max',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
  delta: 'Delta',
  allIsZero: 'All zeros',
  allIsNull: 'All nulls',
};

export function reducerTitle(reducer: string): string {
  return TITLES[reducer] ?? reducer;
}

export interface Reduced {
  frame: Frame;
  name: string;
  value: number | null;
}

const MAX_VALUES = 500;

/** What single-value panels show: each frame reduced, or each value by itself; `limit` bounds them. */
export function reduceFrames(frames: Frame[], options: ReduceOptions): Reduced[] {
  const chosen = chooseFields(frames, options.fields);
  const limit = Math.min(options.limit ?? (options.values ? 25 : MAX_VALUES), MAX_VALUES);
  if (options.values) {
    return chosen
      .flatMap((frame) => frame.values.map((value) => ({ frame, name: frame.name, value })))
      .slice(0, limit);
  }
  const calcs = options.calcs.length > 0 ? options.calcs : ['lastNotNull'];
  return chosen
    .flatMap((frame) =>
      calcs.map((calc) => ({
        frame,
        name: calcs.length > 1 ? `${frame.name} ${reducerTitle(calc)}`.trim() : frame.name,
        value: reduce(frame.values, calc),
      })),
    )
    .slice(0, limit);
}

/** `fields` is "" for numbers, a name, or a /pattern/. */
function chooseFields(frames: Frame[], fields: string): Frame[] {
  if (!fields) return frames;
  const pattern = /^\/(.*)\/$/.exec(fields);
  if (!pattern) return frames.filter((f) => f.name === fields);
  try {
    const regex = new RegExp(pattern[1] ?? '');
    return frames.filter((f) => regex.test(f.name));
  } catch {
    return frames;
  }
}
