import { describe, expect, it } from 'vitest';
import type { QueryData } from '../api/query';
import { defaultField } from '../panels/defaults';
import { align, stack } from './align';
import { boundsOf, display, mapValue } from './display';
import type { Table } from './frame';
import { framesToTables, tablesToFrames, toFrames, toTable } from './fromApi';
import { configOf, matches } from './overrides';
import { reduce, reduceFrames } from './reduce';

const VECTOR: QueryData = {
  resultType: 'vector',
  result: [
    { metric: { __name__: 'x', name: 'b', ns: 'n' }, value: [10, '1'] },
    { metric: { __name__: 'x', name: 'a' }, value: [10, 'NaN'] },
  ],
};

describe('answers as frames', () => {
  const query = { refId: 'A', expr: 'x', legend: '{{name}}' };

  it('breaks lines at holes and reads special values', () => {
    const data: QueryData = {
      resultType: 'matrix',
      result: [
        {
          metric: { name: 'n' },
          values: [
            [0, '1'],
            [15, '+Inf'],
            [60, '-Inf'],
          ],
        },
      ],
    };
    const [frame] = toFrames(data, query, 15_000);
    expect(frame?.name).toBe('n');
    expect(frame?.time).toEqual([0, 15_000, 30_000, 60_000]);
    expect(frame?.values).toEqual([1, Infinity, null, -Infinity]);
  });

  it('makes a row of each series', () => {
    const table = toTable(VECTOR, query, true);
    expect(table.fields.map((f) => f.name)).toEqual(['Time', '__name__', 'name', 'ns', 'Value']);
    expect(table.fields[3]?.values).toEqual(['n', null]);
    expect(table.fields[4]?.values).toEqual([1, Number.NaN]);
    expect(toTable(VECTOR, query, false).fields.at(-1)?.name).toBe('Value #A');
  });

  it('goes from frames to tables and back', () => {
    const frames = toFrames(VECTOR, query);
    expect(tablesToFrames(framesToTables(frames)).map((f) => f.values)).toEqual([[1], [Number.NaN]]);
  });

  it('takes a scalar for a series without labels', () => {
    expect(toFrames({ resultType: 'scalar', result: [1, '2'] }, { ...query, legend: '' })[0]?.values).toEqual(
      [2],
    );
    expect(toFrames({ resultType: 'string', result: [1, 'x'] }, query)).toEqual([]);
  });
});

describe('reduce', () => {
  const values = [3, null, 5, Number.NaN, 4, null];
  const cases: [string, number | null][] = [
    ['last', null],
    ['lastNotNull', 4],
    ['first', 3],
    ['firstNotNull', 3],
    ['mean', 4],
    ['min', 3],
    ['max', 5],
    ['sum', 12],
    ['count', 6],
    ['range', 2],
    ['delta', 2 + 4],
    ['allIsZero', 0],
    ['allIsNull', 0],
    ['unheardOf', 4],
  ];
  it.each(cases)('%s', (reducer, expected) => expect(reduce(values, reducer)).toBe(expected));

  it('of nothing is nothing', () => {
    expect(reduce([], 'mean')).toBeNull();
    expect(reduce([], 'lastNotNull')).toBeNull();
    expect(reduce([null], 'allIsNull')).toBe(1);
    expect(reduce([0, 0], 'allIsZero')).toBe(1);
    expect(reduce([], 'allIsZero')).toBe(0);
  });

  it('chooses frames and bounds them', () => {
    const frames = ['a', 'b'].map((name) => ({ refId: 'A', name, labels: {}, time: [1, 2], values: [1, 2] }));
    const options = { calcs: ['mean', 'max'], fields: '/b/', values: false, limit: null };
    expect(reduceFrames(frames, options).map((r) => [r.name, r.value])).toEqual([
      ['b Mean', 1.5],
      ['b Max', 2],
    ]);
    expect(reduceFrames(frames, { ...options, fields: '', values: true, limit: 3 })).toHaveLength(3);
  });
});

describe('overrides', () => {
  const field = { name: 'Status', type: 'string' as const, refId: 'A', values: ['x'] };
  const zeros = { name: 'z', type: 'number' as const, refId: 'B', values: [0, 0] };

  it('match by name, pattern, type, query and value', () => {
    expect(matches({ kind: 'byName', value: 'Status' }, field)).toBe(true);
    expect(matches({ kind: 'byRegexp', value: '/^Sta/' }, field)).toBe(true);
    expect(matches({ kind: 'byRegexp', value: '/(/' }, field)).toBe(false);
    expect(matches({ kind: 'byType', value: 'number' }, field)).toBe(false);
    expect(matches({ kind: 'byFrameRefID', value: 'B' }, zeros)).toBe(true);
    expect(matches({ kind: 'byValue', reducer: 'allIsZero', op: '', value: 0 }, zeros)).toBe(true);
    expect(matches({ kind: 'byValue', reducer: 'allIsZero', op: 'gte', value: 1 }, zeros)).toBe(true);
    expect(matches({ kind: 'byValue', reducer: 'max', op: 'gt', value: 0 }, zeros)).toBe(false);
  });

  it('lie over the panel, part by part', () => {
    const base = defaultField('s');
    const config = configOf(
      base,
      [
        {
          matcher: { kind: 'byName', value: 'z' },
          set: { unit: 'bytes', custom: { hideFrom: { legend: true } } },
        },
      ],
      zeros,
    );
    expect(config.unit).toBe('bytes');
    expect(config.custom.hideFrom).toEqual({ legend: true, tooltip: false, viz: false });
    expect(config.custom.lineWidth).toBe(base.custom.lineWidth);
    expect(base.custom.hideFrom.legend).toBe(false);
  });
});

describe('display', () => {
  const context = { theme: 'dark' as const, zone: 'utc' as const };
  const config = {
    ...defaultField('short'),
    color: { mode: 'thresholds' as const, fixed: '' },
    thresholds: {
      mode: 'absolute' as const,
      steps: [
        { value: null, color: '#00f' },
        { value: 1, color: '#f00' },
      ],
    },
  };

  it('colors by threshold', () => {
    expect(display(0, config, context)).toMatchObject({ full: '0', color: '#00f' });
    expect(display(1, config, context)).toMatchObject({ full: '1', color: '#f00' });
    const percent = {
      ...config,
      thresholds: {
        mode: 'percentage' as const,
        steps: [
          { value: null, color: '#00f' },
          { value: 50, color: '#f00' },
        ],
      },
    };
    expect(display(6, percent, { ...context, bounds: [0, 10] }).color).toBe('#f00');
  });

  it('maps values, ranges, patterns and specials, the first that holds', () => {
    const mappings = [
      { type: 'value' as const, value: '0', text: 'Ready', color: '#0f0' },
      { type: 'range' as const, from: 2, to: null, text: 'many', color: '' },
      { type: 'regex' as const, pattern: '/^app-(.*)$/', text: '$1', color: '' },
      { type: 'special' as const, match: 'null+nan' as const, text: 'none', color: '' },
      { type: 'special' as const, match: 'true' as const, text: 'yes', color: '' },
    ];
    expect(mapValue(mappings, 0)).toEqual({ text: 'Ready', color: '#0f0' });
    expect(mapValue(mappings, '0')?.text).toBe('Ready');
    expect(mapValue(mappings, 7)?.text).toBe('many');
    expect(mapValue(mappings, 'app-x')?.text).toBe('x');
    expect(mapValue(mappings, null)?.text).toBe('none');
    expect(mapValue(mappings, Number.NaN)?.text).toBe('none');
    expect(mapValue(mappings, 'true')?.text).toBe('yes');
    expect(mapValue(mappings, 1)).toBeNull();
    expect(mapValue(mappings, '')).toBeNull();
  });

  it('says noValue where there is none', () => {
    expect(display(null, { ...config, noValue: '0' }, context).full).toBe('0');
    expect(display(null, config, context).full).toBe('–');
    expect(display('', { ...config, noValue: 'Ready' }, context).full).toBe('Ready');
  });

  it('finds bounds', () => {
    expect(boundsOf(config, [3, null, 9, Number.NaN, Infinity])).toEqual([3, 9]);
    expect(boundsOf(config, [])).toEqual([0, 100]);
    expect(boundsOf({ ...config, min: 0 }, [3, 9])).toEqual([0, 9]);
  });
});

describe('align and stack', () => {
  const frame = (time: number[], values: (number | null)[]) => ({
    refId: 'A',
    name: '',
    labels: {},
    time,
    values,
  });

  it('joins different times', () => {
    const { time, columns } = align([frame([0, 2], [1, 2]), frame([1, 2], [3, Number.NaN])]);
    expect(time).toEqual([0, 1, 2]);
    expect(columns).toEqual([
      [1, undefined, 2],
      [undefined, 3, null],
    ]);
  });

  it('stacks over holes', () => {
    expect(
      stack(
        [
          [1, null, 3],
          [1, 2, 3],
        ],
        false,
      ),
    ).toEqual([
      [1, null, 3],
      [2, 2, 6],
    ]);
    expect(
      stack(
        [
          [1, 0],
          [3, 0],
        ],
        true,
      ),
    ).toEqual([
      [0.25, 0],
      [1, 0],
    ]);
  });
});

const TABLE: Table = {
  refId: 'A',
  length: 3,
  fields: [
    { name: 'name', type: 'string', values: ['app-10', 'app-9', null], labels: {}, refId: 'A' },
    { name: 'Value', type: 'number', values: [1, 3, 2], labels: {}, refId: 'A' },
  ],
};

describe('transform', async () => {
  const { transform, compareCells } = await import('./transform');
  const names = (tables: Table[]) => tables[0]?.fields.map((f) => f.name);

  it('organizes: hides, orders, renames', () => {
    const step = { type: 'organize' as const, exclude: ['Value'], rename: { name: 'Name' }, order: {} };
    expect(names(transform([TABLE], [step]))).toEqual(['Name']);
    const order = { type: 'organize' as const, exclude: [], rename: {}, order: { Value: 0, name: 1 } };
    expect(names(transform([TABLE], [order]))).toEqual(['Value', 'name']);
  });

  it('filters fields by an unanchored pattern or by names', () => {
    const step = { type: 'filterFieldsByName' as const, pattern: '(Val|x)', names: [] };
    expect(names(transform([TABLE], [step]))).toEqual(['Value']);
    expect(names(transform([TABLE], [{ ...step, pattern: '', names: ['name'] }]))).toEqual(['name']);
    // A pattern that is none filters nothing.
    expect(names(transform([TABLE], [{ ...step, pattern: '(' }]))).toEqual(['name', 'Value']);
  });

  it('sorts, with empty cells last either way', () => {
    const by = (field: string, desc: boolean) =>
      transform([TABLE], [{ type: 'sortBy', field, desc }])[0]?.fields[0]?.values;
    expect(by('name', false)).toEqual(['app-9', 'app-10', null]);
    expect(by('name', true)).toEqual(['app-10', 'app-9', null]);
    expect(by('Value', true)).toEqual(['app-9', null, 'app-10']);
    expect(by('nothing', true)).toEqual(['app-10', 'app-9', null]);
    expect(compareCells(Number.NaN, 1)).toBe(1);
  });

  it('merges rows that agree', () => {
    const make = (value: string, names: string[], numbers: number[]): Table => ({
      refId: value,
      length: names.length,
      fields: [
        { name: 'pod', type: 'string', values: names, labels: {}, refId: value },
        { name: value, type: 'number', values: numbers, labels: {}, refId: value },
      ],
    });
    const [merged] = transform(
      [make('Value #A', ['a', 'b'], [1, 2]), make('Value #B', ['b', 'c'], [3, 4])],
      [{ type: 'merge' }],
    );
    expect(merged?.length).toBe(3);
    expect(merged?.fields.map((f) => f.values)).toEqual([
      ['a', 'b', 'c'],
      [1, 2, null],
      [null, 3, 4],
    ]);
  });

  it('turns series to rows, labels to fields, and reduces', () => {
    const frames = [{ refId: 'A', name: 'a', labels: { pod: 'p' }, time: [1, 2], values: [5, 6] }];
    const tables = framesToTables(frames);
    expect(transform(tables, [{ type: 'seriesToRows' }])[0]?.fields.map((f) => f.values)).toEqual([
      [2, 1],
      ['a', 'a'],
      [6, 5],
    ]);
    expect(names(transform(tables, [{ type: 'labelsToFields' }]))).toEqual(['Time', 'pod', 'Value']);
    expect(
      transform(tables, [{ type: 'reduce', reducers: ['max', 'mean'] }])[0]?.fields.map((f) => [
        f.name,
        ...f.values,
      ]),
    ).toEqual([
      ['Field', 'a'],
      ['Max', 6],
      ['Mean', 5.5],
    ]);
  });
});
