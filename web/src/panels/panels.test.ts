import { describe, expect, it, vi } from 'vitest';

vi.mock('uplot', () => ({
  default: Object.assign(class {}, {
    paths: {
      linear: () => () => null,
      bars: () => () => null,
      stepped: () => () => null,
      spline: () => () => null,
    },
    rangeNum: (min: number, max: number) => [min, max],
    tzDate: (date: Date) => date,
  }),
}));

import { gradient, litCells } from './bargauge/bars';
import { defaultField } from './defaults';
import { arc, segments } from './gauge/arc';
import { singleValues } from './singleValues';
import { divide, fitText } from './stat/layout';
import { sparkline } from './stat/sparkline';
import { alignOf, columnsOf, filterRows, footerValues, nextSort, sortRowsBy } from './table/rows';
import { parseInline, parseMarkdown, safeHref } from './text/markdown';
import { buildPlot, planSeries, tickLabels } from './timeseries/draw';
import { clickLegend, legendRows, sortRows } from './timeseries/legend';

const frame = (name: string, values: (number | null)[]) => ({
  refId: 'A',
  name,
  labels: {},
  time: values.map((_, i) => i * 1000),
  values,
});
const legend = {
  show: true,
  mode: 'list' as const,
  placement: 'bottom' as const,
  calcs: ['mean'],
  hideEmpty: false,
  hideZero: false,
  sortBy: '',
  sortDesc: false,
};

describe('time series', () => {
  const input = (custom = {}) => {
    const field = defaultField('s');
    Object.assign(field.custom, custom);
    return {
      frames: [frame('a', [1, 2]), frame('a', [3, null]), frame('z', [0, 0])],
      field,
      overrides: [],
      theme: 'dark' as const,
      zone: 'utc' as const,
    };
  };

  it('gives every series a key and a color of its own', () => {
    const { plans } = planSeries(input());
    expect(plans.map((p) => p.key)).toEqual(['a', 'a (2)', 'z']);
    expect(new Set(plans.map((p) => p.color)).size).toBe(3);
  });

  it('stacks what is shown', () => {
    const stacked = input({ stacking: 'normal' });
    const { time, plans } = planSeries(stacked);
    const plot = buildPlot(time, plans, new Set(), stacked, null);
    expect(plot.data.slice(1)).toEqual([
      [1, 2],
      [4, null],
      [4, 2],
    ]);
    expect(plot.options.bands).toEqual([{ series: [2, 1] }, { series: [3, 2] }]);
    const without = buildPlot(time, plans, new Set(['a']), stacked, null);
    expect(without.data[2]).toEqual([3, null]);
    expect(without.signature).not.toBe(plot.signature);
  });

  it('takes null for zero where asked', () => {
    expect(planSeries(input({ nullAsZero: true })).plans[1]?.raw).toEqual([3, 0]);
  });

  it('keeps its signature when only data comes', () => {
    const one = input();
    const two = {
      ...one,
      frames: one.frames.map((f) => ({ ...f, values: f.values.map((v) => (v ?? 0) + 1) })),
    };
    const sign = (i: typeof one) => {
      const { time, plans } = planSeries(i);
      return buildPlot(time, plans, new Set(), i, 'k').signature;
    };
    expect(sign(one)).toBe(sign(two));
  });

  it('puts units on scales of their own', () => {
    const two = {
      ...input(),
      overrides: [{ matcher: { kind: 'byName' as const, value: 'z' }, set: { unit: 'bytes' } }],
    };
    const { time, plans } = planSeries(two);
    expect(Object.keys(buildPlot(time, plans, new Set(), two, null).options.scales ?? {})).toEqual([
      'x',
      'left:s',
      'left:bytes',
    ]);
  });

  it('labels ticks apart', () => {
    expect(tickLabels([0, 0.5, 1], 's', null, 'utc')).toEqual(['0 s', '500 ms', '1 s']);
    expect(tickLabels([100_100, 100_200, 100_300], 'short', null, 'utc')).toEqual([
      '100.1 K',
      '100.2 K',
      '100.3 K',
    ]);
    expect(tickLabels([1.2, 1.4], 'bytes', 0, 'utc')).toEqual(['1.2 B', '1.4 B']);
  });

  it('lists, hides and sorts the legend', () => {
    const { plans } = planSeries(input());
    expect(legendRows(plans, legend).map((r) => r.values)).toEqual([[1.5], [3], [0]]);
    expect(legendRows(plans, { ...legend, hideZero: true })).toHaveLength(2);
    expect(legendRows(plans, { ...legend, sortBy: 'Mean', sortDesc: true }).map((r) => r.plan.key)).toEqual([
      'a (2)',
      'a',
      'z',
    ]);
    expect(sortRows(legendRows(plans, legend), -1, true).map((r) => r.plan.key)).toEqual(['z', 'a', 'a (2)']);
  });

  it('isolates on a click, toggles with ctrl', () => {
    const keys = ['a', 'b', 'c'];
    const alone = clickLegend(new Set(), keys, 'a', false);
    expect([...alone]).toEqual(['b', 'c']);
    expect([...clickLegend(alone, keys, 'a', false)]).toEqual([]);
    expect([...clickLegend(alone, keys, 'b', false)]).toEqual(['a', 'c']);
    expect([...clickLegend(alone, keys, 'b', true)]).toEqual(['c']);
    expect([...clickLegend(new Set(), keys, 'b', true)]).toEqual(['b']);
    expect([...clickLegend(new Set(['b', 'c']), keys, 'a', true)]).toEqual([]);
  });
});

describe('stat', () => {
  const reduceOptions = { calcs: ['last'], fields: '', values: false, limit: null };
  const panel = {
    field: { ...defaultField('short'), color: { mode: 'thresholds' as const, fixed: '' } },
    overrides: [],
  };

  it('shows noValue where no series came', () => {
    const field = { ...panel.field, noValue: '0' };
    const [value] = singleValues(
      { ...panel, field },
      reduceOptions,
      { frames: [], tables: [] },
      'dark',
      'utc',
    );
    expect(value?.shown.full).toBe('0');
    expect(singleValues(panel, reduceOptions, { frames: [], tables: [] }, 'dark', 'utc')).toEqual([]);
  });

  it('reduces each series', () => {
    const values = singleValues(
      panel,
      reduceOptions,
      { frames: [frame('a', [1, 13])], tables: [] },
      'dark',
      'utc',
    );
    expect(values.map((v) => [v.name, v.shown.full])).toEqual([['a', '13']]);
  });

  it('divides its box', () => {
    expect(divide(1, 100, 100, 'auto')).toEqual({ columns: 1, rows: 1 });
    expect(divide(4, 1000, 100, 'auto')).toEqual({ columns: 4, rows: 1 });
    expect(divide(3, 300, 300, 'horizontal')).toEqual({ columns: 1, rows: 3 });
    expect(divide(3, 300, 300, 'vertical')).toEqual({ columns: 3, rows: 1 });
    expect(fitText(3, 300, 100, 56)).toBe(56);
    expect(fitText(30, 100, 100, 56)).toBe(12);
  });

  it('draws a line', () => {
    expect(sparkline([0, 1, 2], [0, null, 10], 100, 20)?.line).toBe('M0.0,18.0L100.0,2.0');
    expect(sparkline([0], [1], 100, 20)).toBeNull();
    expect(sparkline([0, 1], [5, 5], 100, 20)?.line).toBe('M0.0,10.0L100.0,10.0');
  });
});

describe('gauges', () => {
  it('cuts the arc at thresholds', () => {
    const steps = [
      { value: null, color: 'a' },
      { value: 50, color: 'b' },
      { value: 200, color: 'c' },
    ];
    expect(segments(steps, false, 0, 100)).toEqual([
      { from: 0, to: 0.5, color: 'a', value: null },
      { from: 0.5, to: 1, color: 'b', value: 50 },
    ]);
    expect(arc(0, 0, 10, 0, 1)).toMatch(/^M-8.66,5.00A10,10 0 1 1 8.66,5.00$/);
  });

  it('fills bars', () => {
    expect(litCells(4, 0.5)).toEqual([true, true, false, false]);
    expect(litCells(4, 0)).toEqual([false, false, false, false]);
    const thresholds = {
      mode: 'absolute' as const,
      steps: [
        { value: null, color: 'g' },
        { value: 50, color: 'r' },
      ],
    };
    expect(gradient(thresholds, [0, 100], 0.5, (c) => c, false)).toBe(
      'linear-gradient(to right, g 0.0%, r 100.0%)',
    );
    expect(gradient(thresholds, [0, 100], 0.2, (c) => c, true)).toBe(
      'linear-gradient(to top, g 0.0%, g 100.0%)',
    );
  });
});

describe('table', () => {
  const table = {
    refId: 'A',
    length: 3,
    fields: [
      { name: 'Name', type: 'string' as const, values: ['b', 'a', 'c'], labels: {}, refId: 'A' },
      { name: 'Value', type: 'number' as const, values: [1, 0, 1], labels: {}, refId: 'A' },
      { name: 'Time', type: 'time' as const, values: [0, 0, 0], labels: {}, refId: 'A' },
    ],
  };
  const field = {
    ...defaultField(),
    mappings: [{ type: 'value' as const, value: '1', text: 'Ready', color: '' }],
  };
  const overrides = [
    { matcher: { kind: 'byName' as const, value: 'Name' }, set: { displayName: 'Who', mappings: [] } },
  ];
  const columns = columnsOf(table, { field, overrides }, 'utc');

  it('has columns with their configuration', () => {
    expect(columns.map((c) => c.title)).toEqual(['Who', 'Value', 'Time']);
    expect(columns[1]?.textAt(0)).toBe('Ready');
    expect(columns[2]?.textAt(0)).toBe('1970-01-01 00:00:00');
    expect(columns.map(alignOf)).toEqual(['left', 'left', 'left']);
    const hidden = columnsOf(
      table,
      {
        field,
        overrides: [{ matcher: { kind: 'byName', value: 'Time' }, set: { custom: { hidden: true } } }],
      },
      'utc',
    );
    expect(hidden).toHaveLength(2);
  });

  it('filters by what is shown, sorts, sums', () => {
    expect(filterRows(3, columns, { Value: ['Ready'] })).toEqual([0, 2]);
    expect(filterRows(3, columns, { Value: [] })).toEqual([0, 1, 2]);
    expect(sortRowsBy([0, 1, 2], columns, { name: 'Who', desc: false })).toEqual([1, 0, 2]);
    expect(sortRowsBy([0, 1, 2], columns, { name: 'Value', desc: true })).toEqual([0, 2, 1]);
    expect(footerValues(columns, [0, 2], { show: true, reducers: ['sum'], fields: [] }, 'utc')).toEqual([
      '',
      '2',
      '',
    ]);
  });

  it('turns the order', () => {
    const one = nextSort(null, 'a');
    expect(one).toEqual({ name: 'a', desc: false });
    expect(nextSort(one, 'a')).toEqual({ name: 'a', desc: true });
    expect(nextSort({ name: 'a', desc: true }, 'a')).toBeNull();
    expect(nextSort(one, 'b')).toEqual({ name: 'b', desc: false });
  });
});

describe('markdown', () => {
  it('never makes a link of a script', () => {
    expect(safeHref('javascript:alert(1)')).toBeNull();
    expect(safeHref('//evil.example')).toBeNull();
    expect(safeHref('data:text/html,x')).toBeNull();
    expect(safeHref('/d/x')).toBe('/d/x');
    expect(parseInline('[x](javascript:alert(1))')[0]).toEqual({ kind: 'text', text: 'x' });
  });

  it('keeps HTML as text', () => {
    expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([
      { kind: 'paragraph', children: [{ kind: 'text', text: '<img src=x onerror=alert(1)>' }] },
    ]);
  });

  it('reads blocks', () => {
    const blocks = parseMarkdown(
      '# T\n\nline one\nline **two**\n\n- a\n- b\n\n1. c\n\n```\n# code\n```\n---',
    );
    expect(blocks.map((b) => b.kind)).toEqual(['heading', 'paragraph', 'list', 'list', 'code', 'rule']);
    expect(blocks[2]).toMatchObject({ items: [[{ text: 'a' }], [{ text: 'b' }]] });
  });

  it('ends on any text', () => {
    for (const text of [
      '**',
      '*'.repeat(5000),
      '['.repeat(5000),
      '`'.repeat(999),
      '```',
      '**a'.repeat(500),
    ]) {
      expect(Array.isArray(parseMarkdown(text))).toBe(true);
    }
  });
});
