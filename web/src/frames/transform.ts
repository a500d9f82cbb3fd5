// Transformations of tables, as Grafana names them. Pure; in order; one that finds nothing changes nothing.
import type { Transformation } from '../api/dashboards';
import { type Cell, type Field, field, pickRows, type Table } from './frame';
import { readPattern } from './overrides';
import { reduce, reducerTitle } from './reduce';

export function transform(tables: Table[], steps: Transformation[]): Table[] {
  return steps.reduce(apply, tables);
}

function apply(tables: Table[], step: Transformation): Table[] {
  switch (step.type) {
    case 'organize':
      return tables.map((table) => organize(table, step));
    case 'filterFieldsByName':
      return tables.map((table) => filterFields(table, step.pattern, step.names));
    case 'merge':
      return mergeTables(tables);
    case 'labelsToFields':
      return tables.map(labelsToFields);
    case 'seriesToRows':
      return seriesToRows(tables);
    case 'sortBy':
      return tables.map((table) => sortTable(table, step.field, step.desc));
    case 'reduce':
      return reduceTables(tables, step.reducers);
    default:
      return tables;
  }
}

type Organize = Extract<Transformation, { type: 'organize' }>;

function organize(table: Table, step: Organize): Table {
  const hidden = new Set(step.exclude);
  const place = (f: Field) => step.order[f.name] ?? Number.POSITIVE_INFINITY;
  const kept = table.fields.filter((f) => !hidden.has(f.name));
  const ordered =
    Object.keys(step.order).length > 0
      ? stableSort(kept, (a, b) => compareNumbers(place(a), place(b)))
      : kept;
  const fields = ordered.map((f) => ({ ...f, name: step.rename[f.name] || f.name }));
  return { ...table, fields };
}

function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function stableSort<T>(items: T[], order: (a: T, b: T) => number): T[] {
  return [...items].sort(order);
}

function filterFields(table: Table, pattern: string, names: string[]): Table {
  const regex = pattern ? readPattern(pattern) : null;
  const wanted = new Set(names);
  if (!regex && wanted.size === 0) return table;
  const fields = table.fields.filter((f) => wanted.has(f.name) || (regex?.test(f.name) ?? false));
  return { ...table, fields, length: fields.length > 0 ? table.length : 0 };
}

/** All rows in one table; rows that agree in every field they share, and share no value that differs, become one. */
function mergeTables(tables: Table[]): Table[] {
  if (tables.length < 2) return tables;
  const fields = new Map<string, Field>();
  for (const table of tables) {
    for (const f of table.fields) if (!fields.has(f.name)) fields.set(f.name, { ...f, values: [] });
  }
  const counts = new Map<string, number>();
  for (const table of tables) for (const f of table.fields) counts.set(f.name, (counts.get(f.name) ?? 0) + 1);
  const shared = [...fields.keys()].filter((name) => counts.get(name) === tables.length);
  const rows = new Map<string, Map<string, Cell>>();
  for (const table of tables) {
    for (let row = 0; row < table.length; row += 1) {
      const cells = new Map(table.fields.map((f) => [f.name, f.values[row] ?? null]));
      let key = JSON.stringify(shared.map((name) => cells.get(name) ?? null));
      // Two rows of one table never become one.
      while ([...(rows.get(key)?.keys() ?? [])].some((name) => !shared.includes(name) && cells.has(name)))
        key += '+';
      const known = rows.get(key);
      if (known) for (const [name, cell] of cells) known.set(name, cell);
      else rows.set(key, cells);
    }
  }
  for (const cells of rows.values()) {
    for (const [name, f] of fields) f.values.push(cells.get(name) ?? null);
  }
  return [{ refId: tables[0]?.refId ?? '', fields: [...fields.values()], length: rows.size }];
}

function labelsToFields(table: Table): Table {
  const fields: Field[] = [];
  const added = new Set<string>();
  for (const f of table.fields) {
    for (const [name, value] of Object.entries(f.labels)) {
      if (name === '__name__' || added.has(name)) continue;
      added.add(name);
      fields.push(field(name, new Array<Cell>(table.length).fill(value), f.refId));
    }
  }
  const time = table.fields.filter((f) => f.type === 'time');
  const rest = table.fields
    .filter((f) => f.type !== 'time')
    .map((f) => ({
      ...f,
      name: Object.keys(f.labels).length > 0 ? (f.labels.__name__ ?? 'Value') : f.name,
      labels: {},
    }));
  return { ...table, fields: [...time, ...fields, ...rest] };
}

function seriesToRows(tables: Table[]): Table[] {
  const time: Cell[] = [];
  const metric: Cell[] = [];
  const value: Cell[] = [];
  for (const table of tables) {
    const times = table.fields.find((f) => f.type === 'time');
    for (const f of table.fields.filter((other) => other.type === 'number')) {
      f.values.forEach((v, i) => {
        time.push(times?.values[i] ?? null);
        metric.push(f.name);
        value.push(v);
      });
    }
  }
  const refId = tables[0]?.refId ?? '';
  const rows: Table = {
    refId,
    length: time.length,
    fields: [
      { name: 'Time', type: 'time', values: time, labels: {}, refId },
      { name: 'Metric', type: 'string', values: metric, labels: {}, refId },
      { name: 'Value', type: 'number', values: value, labels: {}, refId },
    ],
  };
  return [sortTable(rows, 'Time', true)];
}

function reduceTables(tables: Table[], reducers: string[]): Table[] {
  const numbers = tables.flatMap((table) => table.fields.filter((f) => f.type === 'number'));
  const refId = tables[0]?.refId ?? '';
  const calcs = reducers.length > 0 ? reducers : ['max'];
  const columns = calcs.map((calc) => ({
    name: reducerTitle(calc),
    type: 'number' as const,
    values: numbers.map((f) => reduce(f.values as (number | null)[], calc)),
    labels: {},
    refId,
  }));
  const names = {
    name: 'Field',
    type: 'string' as const,
    values: numbers.map((f) => f.name),
    labels: {},
    refId,
  };
  return [{ refId, fields: [names, ...columns], length: numbers.length }];
}

/** Numbers by size, text by the reader's rules with numbers inside in order; null last. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number.isNaN(a) === Number.isNaN(b) ? 0 : Number.isNaN(a) ? 1 : -1;
    return compareNumbers(a, b);
  }
  return collator.compare(String(a), String(b));
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Rows ordered by a field; rows without a value stay last either way. */
export function sortTable(table: Table, name: string, desc: boolean): Table {
  const by = table.fields.find((f) => f.name === name);
  if (!by) return table;
  return pickRows(table, sortedRows(by.values, desc));
}

export function sortedRows(values: Cell[], desc: boolean): number[] {
  const rows = values.map((_, i) => i);
  return rows.sort((i, j) => {
    const a = values[i] ?? null;
    const b = values[j] ?? null;
    if (a === null || b === null) return compareCells(a, b);
    return desc ? compareCells(b, a) : compareCells(a, b);
  });
}
