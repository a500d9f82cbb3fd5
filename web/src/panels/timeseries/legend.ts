// What the legend lists, and what a click on it means. Pure.
import type { Legend } from '../../api/dashboards';
import { reduce } from '../../frames/reduce';
import { compareCells } from '../../frames/transform';
import type { SeriesPlan } from './draw';

export interface LegendRow {
  plan: SeriesPlan;
  /** One for each of the legend's calcs. */
  values: (number | null)[];
}

export function legendRows(plans: SeriesPlan[], legend: Legend): LegendRow[] {
  const rows = plans
    .filter((plan) => !plan.config.custom.hideFrom.legend)
    .filter((plan) => !(legend.hideEmpty && reduce(plan.frame.values, 'allIsNull')))
    .filter((plan) => !(legend.hideZero && reduce(plan.frame.values, 'allIsZero')))
    .map((plan) => ({ plan, values: legend.calcs.map((calc) => reduce(plan.frame.values, calc)) }));
  if (!legend.sortBy) return rows;
  const column = legend.calcs.findIndex((calc) => calc.toLowerCase() === legend.sortBy.toLowerCase());
  return sortRows(rows, column, legend.sortDesc);
}

/** By a calc's column, or by name (-1). */
export function sortRows(rows: LegendRow[], column: number, desc: boolean): LegendRow[] {
  const sign = desc ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (column < 0) return sign * compareCells(a.plan.name, b.plan.name);
    const [left, right] = [a.values[column] ?? null, b.values[column] ?? null];
    if (left === null || right === null) return compareCells(left, right);
    return sign * compareCells(left, right);
  });
}

/**
 * The hidden series after a click: a plain one isolates the series (or shows all again where it stood alone),
 * one with ctrl or cmd hides or shows only it.
 */
export function clickLegend(
  hidden: ReadonlySet<string>,
  keys: string[],
  key: string,
  toggle: boolean,
): Set<string> {
  if (toggle) {
    const next = new Set(hidden);
    if (!next.delete(key)) next.add(key);
    return next.size === keys.length ? new Set() : next;
  }
  const alone = !hidden.has(key) && keys.every((other) => other === key || hidden.has(other));
  return alone ? new Set() : new Set(keys.filter((other) => other !== key));
}
