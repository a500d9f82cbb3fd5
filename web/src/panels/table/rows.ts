// Columns, order and filters of a table. Pure.
import type { FieldConfig, Panel, TableOptions } from '../../api/dashboards';
import { boundsOf, display } from '../../frames/display';
import type { Cell, Field, Table } from '../../frames/frame';
import { configOf } from '../../frames/overrides';
import { reduce } from '../../frames/reduce';
import { compareCells } from '../../frames/transform';
import type { Zone } from '../../lib/time';
import { formatValue } from '../../lib/units/units';

export interface Column extends Pick<Field, 'name' | 'type' | 'values'> {
  title: string;
  config: FieldConfig;
  bounds: [number, number];
  index: number;
  /** The cell as shown. */
  textAt: (row: number) => string;
}

export interface Sort {
  name: string;
  desc: boolean;
}

/** Visible columns with their own configuration. */
export function columnsOf(table: Table, panel: Pick<Panel, 'field' | 'overrides'>, zone: Zone): Column[] {
  const columns: Column[] = [];
  table.fields.forEach((field, index) => {
    const base = field.type === 'time' ? timeConfig(panel.field) : panel.field;
    const config = configOf(base, panel.overrides, field);
    if (config.custom.hidden) return;
    const numbers = field.values.map((v) => (typeof v === 'number' ? v : null));
    const bounds = field.type === 'number' ? boundsOf(config, numbers) : ([0, 100] as [number, number]);
    columns.push({
      name: field.name,
      type: field.type,
      values: field.values,
      title: config.displayName || field.name,
      config,
      bounds,
      index,
      textAt: (row) =>
        display(field.values[row] ?? null, config, { theme: 'dark', zone, bounds, index }).full,
    });
  });
  return columns;
}

/** Times are dates, whatever unit the numbers have. */
function timeConfig(config: FieldConfig): FieldConfig {
  return { ...config, unit: 'dateTimeAsIso', mappings: [], decimals: null };
}

export function alignOf(column: Column): 'left' | 'center' | 'right' {
  const { align } = column.config.custom;
  if (align !== 'auto') return align;
  const mapped = column.config.mappings.length > 0;
  return column.type === 'number' && !mapped ? 'right' : 'left';
}

/** Ascending, descending, as it came. */
export function nextSort(sort: Sort | null, name: string): Sort | null {
  if (sort?.name !== name) return { name, desc: false };
  return sort.desc ? null : { name, desc: true };
}

/** Rows that pass every column's filter (shown texts that are wanted). */
export function filterRows(length: number, columns: Column[], filters: Record<string, string[]>): number[] {
  const active = columns
    .map((column) => ({ column, wanted: new Set(filters[column.name] ?? []) }))
    .filter(({ wanted }) => wanted.size > 0);
  const rows: number[] = [];
  for (let row = 0; row < length; row += 1) {
    if (active.every(({ column, wanted }) => wanted.has(column.textAt(row)))) rows.push(row);
  }
  return rows;
}

export function sortRowsBy(rows: number[], columns: Column[], sort: Sort | null): number[] {
  const column = sort ? columns.find((c) => c.name === sort.name || c.title === sort.name) : undefined;
  if (!column || !sort) return rows;
  const at = (row: number): Cell => column.values[row] ?? null;
  return [...rows].sort((a, b) => {
    const [left, right] = [at(a), at(b)];
    if (left === null || right === null) return compareCells(left, right);
    return sort.desc ? compareCells(right, left) : compareCells(left, right);
  });
}

export function footerValues(
  columns: Column[],
  rows: number[],
  footer: TableOptions['footer'],
  zone: Zone,
): string[] {
  const reducer = footer.reducers[0] ?? 'sum';
  return columns.map((column) => {
    if (column.type !== 'number') return '';
    if (footer.fields.length > 0 && !footer.fields.includes(column.name)) return '';
    const value = reduce(
      rows.map((row) => (typeof column.values[row] === 'number' ? (column.values[row] as number) : null)),
      reducer,
    );
    return value === null ? '' : formatValue(value, column.config.unit, column.config.decimals, zone);
  });
}
