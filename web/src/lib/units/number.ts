// Numbers of the shape that Grafana shows: decimals chosen by size, prefixes by magnitude.

/** A number as text, with the unit's prefix and suffix apart, so that they can be set smaller. */
export interface Formatted {
  text: string;
  prefix?: string;
  suffix?: string;
}

export type Formatter = (value: number, decimals?: number | null) => Formatted;

/** Three significant digits, two for negative numbers (so does Grafana); no decimals for whole numbers. */
export function decimalsFor(value: number): number {
  if (value % 1 === 0) return 0;
  const power = Math.floor(Math.log10(Math.abs(value)));
  return Math.min(20, Math.max(0, (value > 0 ? 2 : 1) - power));
}

export function toFixed(value: number, decimals?: number | null): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  if (value === 0) return (0).toFixed(decimals ?? 0);
  const places = Math.min(20, Math.max(0, decimals ?? decimalsFor(value)));
  const factor = 10 ** places;
  const text = String(Math.round(value * factor) / factor);
  if (text.includes('e') || value === 0) return text;
  const dot = text.indexOf('.');
  const precision = dot < 0 ? 0 : text.length - dot - 1;
  if (precision >= places) return text;
  return text + (precision === 0 ? '.' : '') + '0'.repeat(places - precision);
}

/** A fixed word behind the number. */
export function suffixed(unit: string): Formatter {
  return (value, decimals) => ({ text: toFixed(value, decimals), suffix: unit ? ` ${unit}` : '' });
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

/** Divided by powers of `factor`; `offset` is the index of the suffix of one. */
export function scaled(factor: 1000 | 1024, suffixes: string[], offset = 0): Formatter {
  return (value, decimals) => {
    if (!Number.isFinite(value)) return { text: toFixed(value) };
    const log = factor === 1000 ? Math.log10(Math.abs(value)) / 3 : Math.log2(Math.abs(value)) / 10;
    const power = value === 0 ? 0 : clamp(Math.floor(log), -offset, suffixes.length - offset - 1);
    return { text: toFixed(value / factor ** power, decimals), suffix: suffixes[power + offset] ?? '' };
  };
}

const SI = ['f', 'p', 'n', 'µ', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi'];

/** SI prefixes; `power` says what the number already counts (1 = thousands). */
export function si(unit: string, power = 0): Formatter {
  return scaled(
    1000,
    SI.map((prefix) => ` ${prefix}${unit}`),
    5 + power,
  );
}

/** IEC prefixes. */
export function iec(unit: string, power = 0): Formatter {
  return scaled(
    1024,
    IEC.map((prefix) => ` ${prefix}${unit}`),
    power,
  );
}

const SHORT = ['', ' K', ' Mil', ' Bil', ' Tri', ' Quadr', ' Quint', ' Sext', ' Sept'];

/** Thousands, millions, billions in words. */
export const short: Formatter = scaled(1000, SHORT);

/** Counts of a thing: `1.50K ops/m`. */
export function counted(unit: string): Formatter {
  const scale = scaled(1000, ['', 'K', 'M', 'B', 'T']);
  return (value, decimals) => {
    const formatted = scale(value, decimals);
    return { text: formatted.text, suffix: `${formatted.suffix ?? ''} ${unit}` };
  };
}

export function currency(symbol: string, behind = false): Formatter {
  const scale = scaled(1000, ['', 'K', 'M', 'B', 'T']);
  return (value, decimals) => {
    const formatted = scale(value, decimals);
    if (behind) return { text: formatted.text, suffix: `${formatted.suffix ?? ''} ${symbol}` };
    return { text: formatted.text, prefix: symbol, suffix: formatted.suffix ?? '' };
  };
}
