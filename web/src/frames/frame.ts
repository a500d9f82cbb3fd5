// The one thing that panels eat: a series as a structure of arrays, or a table of fields of equal length.
import type { Labels } from '../api/query';

/** One series. `time` in milliseconds, ascending, as long as `values`. */
export interface Frame {
  refId: string;
  name: string;
  labels: Labels;
  time: number[];
  values: (number | null)[];
}

export type Cell = number | string | null;
export type FieldType = 'time' | 'number' | 'string';

export interface Field {
  /** As the data calls it; overrides and transformations match it. */
  name: string;
  type: FieldType;
  values: Cell[];
  labels: Labels;
  refId: string;
}

export interface Table {
  refId: string;
  fields: Field[];
  length: number;
}

/** What a panel's queries gave. */
export interface PanelData {
  frames: Frame[];
  tables: Table[];
}

export const EMPTY_DATA: PanelData = { frames: [], tables: [] };

/** A field whose type follows from its values. */
export function field(name: string, values: Cell[], refId: string, labels: Labels = {}): Field {
  const first = values.find((value) => value !== null);
  return { name, type: typeof first === 'number' ? 'number' : 'string', values, labels, refId };
}

/** The table with only these rows, in this order. */
export function pickRows(table: Table, rows: number[]): Table {
  const fields = table.fields.map((f) => ({ ...f, values: rows.map((row) => f.values[row] ?? null) }));
  return { ...table, fields, length: rows.length };
}
