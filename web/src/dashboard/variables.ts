// Choosing values of variables. Pure.
import type { ResolvedVariable } from '../api/dashboards';

export const ALL = '$__all';

/** The values after a click on one: All stands alone, and nothing chosen is All's absence of choice. */
export function choose(current: string[], value: string, multi: boolean): string[] {
  if (!multi || value === ALL) return [value];
  const rest = current.filter((v) => v !== ALL);
  const next = rest.includes(value) ? rest.filter((v) => v !== value) : [...rest, value];
  return next.length > 0 ? next : [value];
}

export function selectedText(value: ResolvedVariable | undefined): string {
  if (!value) return '…';
  if (value.text) return value.text;
  const texts = value.current.map((v) =>
    v === ALL ? 'All' : (value.options.find((o) => o.value === v)?.text ?? v),
  );
  return texts.join(' + ') || 'none';
}

/** All stands alone. */
export function withoutAll(values: string[]): string[] {
  return values.length > 1 ? values.filter((v) => v !== ALL) : values;
}
