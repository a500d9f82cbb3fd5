// Series on one time axis, and stacked on one another.
import type { Frame } from './frame';

export type Column = (number | null | undefined)[];

export interface Aligned {
  /** Milliseconds, ascending, unique. */
  time: number[];
  /** One column a frame: null breaks a line, undefined (a time that only others have) does not. */
  columns: Column[];
}

/** The union of all times. What cannot be drawn (NaN, infinities) is null. */
export function align(frames: Frame[]): Aligned {
  const first = frames[0];
  const sameTimes = first !== undefined && frames.every((f) => equalTimes(f.time, first.time));
  if (sameTimes) return { time: first.time, columns: frames.map((f) => f.values.map(drawable)) };
  const time = [...new Set(frames.flatMap((f) => f.time))].sort((a, b) => a - b);
  const place = new Map(time.map((ms, i) => [ms, i]));
  const columns = frames.map((frame) => {
    const column: Column = new Array(time.length).fill(undefined);
    frame.time.forEach((ms, i) => {
      const at = place.get(ms);
      if (at !== undefined) column[at] = drawable(frame.values[i] ?? null);
    });
    return column;
  });
  return { time, columns };
}

function equalTimes(a: number[], b: number[]): boolean {
  return a === b || (a.length === b.length && a.every((ms, i) => ms === b[i]));
}

function drawable(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

/** Each column on the sum of those before it; `percent` makes every total 1. A hole counts as nothing. */
export function stack(columns: Column[], percent: boolean): Column[] {
  const length = columns[0]?.length ?? 0;
  const totals = new Array<number>(length).fill(0);
  if (percent)
    for (const column of columns) {
      column.forEach((v, i) => {
        totals[i] = (totals[i] ?? 0) + (v ?? 0);
      });
    }
  const below = new Array<number>(length).fill(0);
  return columns.map((column) =>
    column.map((value, i) => {
      if (value === null || value === undefined) return value;
      const share = percent ? value / (totals[i] || 1) : value;
      below[i] = (below[i] ?? 0) + share;
      return below[i];
    }),
  );
}
