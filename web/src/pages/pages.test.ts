import { describe, expect, it } from 'vitest';
import type { RuleGroup } from '../api/rules';
import type { ActiveTarget } from '../api/targets';
import { dataPoints, heightPx, place } from '../dashboard/grid';
import { choose, selectedText } from '../dashboard/variables';
import { counts, filterGroups } from './alerts/filter';
import { stepSeconds } from './explore/step';
import { firingAlerts, summarizeRules } from './home/summary';
import { words } from './status/words';
import { poolsOf } from './targets/pools';

const panel = (key: string, x: number, y: number, w: number, h: number, row: string | null = null) => ({
  key,
  source: key,
  row,
  title: '',
  grid: { x, y, w, h },
  text: '',
  queries: [],
});

describe('grid', () => {
  const panels = [
    panel('a', 0, 0, 24, 4),
    panel('r1', 0, 4, 24, 1),
    panel('b', 0, 5, 12, 8, 'r1'),
    panel('c', 12, 5, 12, 6, 'r1'),
    panel('r2', 0, 13, 24, 1),
    panel('d', 0, 14, 24, 8, 'r2'),
  ];
  const isRow = (p: { key: string }) => p.key.startsWith('r');

  it('folds rows and moves up what is below', () => {
    const placed = place(panels, isRow, (row) => row.key !== 'r1');
    expect(placed.map((p) => [p.panel.key, p.grid.y])).toEqual([
      ['a', 0],
      ['r1', 4],
      ['r2', 5],
      ['d', 6],
    ]);
    expect(place(panels, isRow, () => false).map((p) => p.grid.y)).toEqual([0, 4, 5]);
    expect(place(panels, isRow, () => true).map((p) => p.grid.y)).toEqual([0, 4, 5, 5, 13, 14]);
  });

  it('measures', () => {
    expect(heightPx(8)).toBe(296);
    expect(dataPoints(12, 1408, false)).toBe(700);
    expect(dataPoints(12, 374, true)).toBe(350);
  });
});

describe('variables', () => {
  it('chooses one or several', () => {
    expect(choose(['a'], 'b', false)).toEqual(['b']);
    expect(choose(['$__all'], 'b', true)).toEqual(['b']);
    expect(choose(['b'], 'c', true)).toEqual(['b', 'c']);
    expect(choose(['b', 'c'], 'b', true)).toEqual(['c']);
    expect(choose(['b'], 'b', true)).toEqual(['b']);
    expect(choose(['b', 'c'], '$__all', true)).toEqual(['$__all']);
  });

  it('tells what is chosen', () => {
    expect(selectedText(undefined)).toBe('…');
    expect(selectedText({ name: 'n', options: [], current: ['$__all'], text: '', error: '' })).toBe('All');
  });
});

const rule = (name: string, state: 'firing' | 'inactive', extra = {}) => ({
  type: 'alerting' as const,
  name,
  query: 'up',
  state,
  duration: 0,
  health: 'ok',
  evaluationTime: 0,
  lastEvaluation: '',
  alerts: [],
  ...extra,
});

describe('rules', () => {
  const groups: RuleGroup[] = [
    {
      name: 'g',
      file: 'f',
      interval: 1,
      evaluationTime: 0,
      lastEvaluation: '',
      rules: [rule('A', 'inactive', { dead: true }), { ...rule('B', 'inactive'), type: 'recording' }],
    },
    {
      name: 'h',
      file: 'f',
      interval: 1,
      evaluationTime: 0,
      lastEvaluation: '',
      rules: [
        rule('C', 'firing', {
          alerts: [
            { state: 'pending', labels: { pod: 'x' }, annotations: {}, value: '1', activeAt: '2' },
            { state: 'firing', labels: {}, annotations: {}, value: '1', activeAt: '1' },
          ],
        }),
      ],
    },
  ];

  it('are counted and filtered', () => {
    expect(counts(groups)).toMatchObject({
      all: 3,
      firing: 1,
      dead: 1,
      recording: 1,
      inactive: 1,
      failing: 0,
    });
    expect(filterGroups(groups, 'all', '').map((g) => g.name)).toEqual(['h', 'g']);
    expect(filterGroups(groups, 'dead', '').flatMap((g) => g.rules.map((r) => r.name))).toEqual(['A']);
    expect(filterGroups(groups, 'all', 'POD=x').flatMap((g) => g.rules.map((r) => r.name))).toEqual(['C']);
  });

  it('are summed up', () => {
    expect(summarizeRules(groups)).toEqual({ alerting: 2, firing: 1, pending: 1, dead: 1 });
    expect(firingAlerts(groups).map((a) => a.state)).toEqual(['firing', 'pending']);
  });
});

describe('targets', () => {
  const target = (scrapePool: string, health: ActiveTarget['health'], url: string) =>
    ({
      scrapePool,
      health,
      scrapeUrl: url,
      labels: { job: scrapePool },
      lastError: '',
    }) as unknown as ActiveTarget;
  const all = [target('a', 'up', 'u1'), target('b', 'up', 'u2'), target('b', 'down', 'u3')];

  it('stand in pools, trouble first', () => {
    expect(poolsOf(all, 'all', '').map((p) => [p.name, p.up, p.total])).toEqual([
      ['b', 1, 2],
      ['a', 1, 1],
    ]);
    expect(poolsOf(all, 'all', '')[0]?.targets[0]?.scrapeUrl).toBe('u3');
    expect(poolsOf(all, 'down', '').map((p) => p.targets.length)).toEqual([1]);
    expect(poolsOf(all, 'all', 'job=a')).toHaveLength(1);
  });
});

it('names and steps', () => {
  expect(words('reloadConfigSuccess')).toBe('Reload config success');
  expect(words('GOMAXPROCS')).toBe('GOMAXPROCS');
  expect(stepSeconds(3600)).toBe(14);
  expect(stepSeconds(5)).toBe(1);
});
