// A field's own configuration: the panel's, with the matching overrides over it.
import type { FieldConfig, FieldOverride, Matcher } from '../api/dashboards';
import type { FieldType } from './frame';
import { reduce } from './reduce';

/** What matchers can see of a field. */
export interface FieldLike {
  name: string;
  /** The name shown, where it differs. */
  displayName?: string;
  type: FieldType;
  refId: string;
  values: (number | string | null)[];
}

function compare(op: string, left: number, right: number): boolean {
  switch (op) {
    case 'gt':
      return left > right;
    case 'gte':
      return left >= right;
    case 'lt':
      return left < right;
    case 'lte':
      return left <= right;
    case 'neq':
      return left !== right;
    default:
      return left === right;
  }
}

/** A /pattern/ with or without its slashes; null where it is none. */
export function readPattern(text: string): RegExp | null {
  const found = /^\/(.*)\/([gimsuy]*)$/s.exec(text);
  try {
    return found ? new RegExp(found[1] ?? '', (found[2] ?? '').replace(/[gy]/g, '')) : new RegExp(text);
  } catch {
    return null;
  }
}

export function matches(matcher: Matcher, field: FieldLike): boolean {
  switch (matcher.kind) {
    case 'byName':
      return field.name === matcher.value || field.displayName === matcher.value;
    case 'byRegexp':
      return readPattern(matcher.value)?.test(field.displayName ?? field.name) ?? false;
    case 'byType':
      return field.type === matcher.value;
    case 'byFrameRefID':
      return field.refId === matcher.value;
    case 'byValue': {
      if (field.type !== 'number') return false;
      const value = reduce(
        field.values.map((v) => (typeof v === 'number' ? v : null)),
        matcher.reducer,
      );
      if (value === null) return false;
      // Reducers that answer yes or no match by themselves where no comparison is given.
      if (matcher.op === '') return value !== 0;
      return compare(matcher.op, value, matcher.value);
    }
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function merge<T>(base: T, over: unknown): T {
  if (!isObject(base) || !isObject(over)) return over as T;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    merged[key] = key in merged && isObject(value) ? merge(merged[key], value) : value;
  }
  return merged as T;
}

/** Later overrides win. */
export function configOf(base: FieldConfig, overrides: FieldOverride[], field: FieldLike): FieldConfig {
  let config = base;
  for (const override of overrides) {
    if (matches(override.matcher, field)) config = merge(config, override.set);
  }
  return config;
}
