// A value as shown: mapped or in its unit, with the colour that the configuration gives it.
import type { FieldConfig, Mapping } from '../api/dashboards';
import { mix, resolveColor, seriesColor, type Theme } from '../lib/color';
import type { Zone } from '../lib/time';
import { type Formatted, formatUnit, joinFormatted } from '../lib/units/units';
import { readPattern } from './overrides';

export interface Display extends Formatted {
  /** Prefix, text and suffix together. */
  full: string;
  /** CSS colour; null where nothing gives one. */
  color: string | null;
  /** Between min and max, 0 to 1. */
  percent: number;
}

export interface DisplayContext {
  theme: Theme;
  zone: Zone;
  /** Of all values of the field, where the configuration names no bounds. */
  bounds?: [min: number, max: number];
  /** Of the series, for palette colours. */
  index?: number;
}

type Value = number | string | null;

function matchesMapping(mapping: Mapping, value: Value): boolean {
  const number =
    typeof value === 'number' ? value : value === null || value === '' ? Number.NaN : Number(value);
  switch (mapping.type) {
    case 'value':
      if (value === null) return false;
      return (
        String(value) === mapping.value ||
        (mapping.value !== '' && !Number.isNaN(number) && number === Number(mapping.value))
      );
    case 'range':
      if (Number.isNaN(number)) return false;
      return number >= (mapping.from ?? -Infinity) && number <= (mapping.to ?? Infinity);
    case 'regex':
      return value !== null && (readPattern(mapping.pattern)?.test(String(value)) ?? false);
    case 'special':
      return matchesSpecial(mapping.match, value);
  }
}

function matchesSpecial(match: string, value: Value): boolean {
  const isNan = typeof value === 'number' && Number.isNaN(value);
  switch (match) {
    case 'null':
      return value === null;
    case 'nan':
      return isNan;
    case 'null+nan':
      return value === null || isNan;
    case 'true':
      return value === 'true';
    case 'false':
      return value === 'false';
    default:
      return value === '';
  }
}

/** The first mapping that holds; regex mappings may use `$1`. */
export function mapValue(mappings: Mapping[], value: Value): { text: string; color: string } | null {
  for (const mapping of mappings) {
    if (!matchesMapping(mapping, value)) continue;
    if (mapping.type === 'regex' && mapping.text && value !== null) {
      const regex = readPattern(mapping.pattern);
      return {
        text: regex ? String(value).replace(regex, mapping.text) : mapping.text,
        color: mapping.color,
      };
    }
    return { text: mapping.text, color: mapping.color };
  }
  return null;
}

/** The colour of the highest step that is not above the value. */
export function thresholdColor(config: FieldConfig, value: number | null, percent: number): string {
  const { mode, steps } = config.thresholds;
  const at = mode === 'percentage' ? percent * 100 : value;
  let color = steps[0]?.color ?? 'green';
  if (at === null || Number.isNaN(at)) return color;
  for (const step of steps) if (step.value === null || at >= step.value) color = step.color;
  return color;
}

/** Bounds for bars and arcs: configured ones, else those of the data, else 0 to 100. */
export function boundsOf(config: FieldConfig, values: (number | null)[]): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const min = config.min ?? (Number.isFinite(low) ? low : 0);
  const max = config.max ?? (Number.isFinite(high) ? high : 100);
  return [min, max];
}

function colorOf(
  config: FieldConfig,
  value: number | null,
  percent: number,
  context: DisplayContext,
): string {
  switch (config.color.mode) {
    case 'fixed':
      return resolveColor(config.color.fixed || 'blue', context.theme);
    case 'palette':
      return seriesColor(context.index ?? 0, context.theme);
    case 'continuous':
      return percent < 0.5
        ? mix(resolveColor('green', context.theme), resolveColor('yellow', context.theme), percent * 2)
        : mix(resolveColor('yellow', context.theme), resolveColor('red', context.theme), percent * 2 - 1);
    default:
      return resolveColor(thresholdColor(config, value, percent), context.theme);
  }
}

export function display(value: Value, config: FieldConfig, context: DisplayContext): Display {
  const [min, max] = context.bounds ?? [config.min ?? 0, config.max ?? 100];
  const number = typeof value === 'number' ? value : null;
  const percent = number === null || max <= min ? 0 : Math.min(1, Math.max(0, (number - min) / (max - min)));
  const mapped = mapValue(config.mappings, value);
  const ownColor = colorOf(config, number, percent, context);
  const color = mapped?.color ? resolveColor(mapped.color, context.theme) : ownColor;
  if (mapped?.text) return { text: mapped.text, full: mapped.text, color, percent };
  if (value === null || (typeof value === 'string' && value === '')) {
    const text = config.noValue || (value === null ? '–' : '');
    return { text, full: text, color, percent };
  }
  if (typeof value === 'string') return { text: value, full: value, color, percent };
  const formatted = formatUnit(value, config.unit, config.decimals, context.zone);
  return { ...formatted, full: joinFormatted(formatted), color, percent };
}
