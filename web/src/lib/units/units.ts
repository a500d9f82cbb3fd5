// Grafana's unit ids as a table of formatters.
import type { Zone } from '../time';
import {
  counted,
  currency,
  type Formatted,
  type Formatter,
  iec,
  scaled,
  short,
  si,
  suffixed,
  toFixed,
} from './number';
import {
  dayClock,
  days,
  formatDate,
  hours,
  inWords,
  microseconds,
  milliseconds,
  minutes,
  nanoseconds,
  seconds,
} from './time';

export type { Formatted } from './number';

const words =
  (yes: string, no: string): Formatter =>
  (value) => ({ text: value === 0 ? no : yes });

const UNITS: Record<string, Formatter> = {
  none: suffixed(''),
  string: suffixed(''),
  short,
  sishort: si(''),
  percent: (value, decimals) => ({ text: toFixed(value, decimals), suffix: '%' }),
  percentunit: (value, decimals) => ({ text: toFixed(value * 100, decimals), suffix: '%' }),
  humidity: (value, decimals) => ({ text: toFixed(value, decimals), suffix: ' %H' }),
  locale: (value, decimals) => ({
    text: value.toLocaleString('en-US', decimals == null ? {} : { maximumFractionDigits: decimals }),
  }),
  sci: (value, decimals) => ({ text: value.toExponential(decimals ?? undefined) }),
  hex: (value) => ({ text: Math.round(value).toString(16).toUpperCase() }),
  hex0x: (value) => ({ text: `0x${Math.round(value).toString(16).toUpperCase()}` }),
  bool: words('True', 'False'),
  bool_yes_no: words('Yes', 'No'),
  bool_on_off: words('On', 'Off'),
  // Time
  ns: nanoseconds,
  µs: microseconds,
  ms: milliseconds,
  s: seconds,
  m: minutes,
  h: hours,
  d: days,
  dtdurationms: inWords(1),
  dtdurations: inWords(1000),
  dthms: dayClock,
  dtdhms: dayClock,
  clocks: inWords(1000),
  clockms: inWords(1),
  hertz: si('Hz'),
  rotrpm: suffixed('rpm'),
  // Data
  bits: iec('b'),
  bytes: iec('B'),
  kbytes: iec('B', 1),
  mbytes: iec('B', 2),
  gbytes: iec('B', 3),
  decbits: si('b'),
  decbytes: si('B'),
  deckbytes: si('B', 1),
  decmbytes: si('B', 2),
  decgbytes: si('B', 3),
  // Rates of data
  pps: si('p/s'),
  bps: si('b/s'),
  Bps: si('B/s'),
  binbps: iec('b/s'),
  binBps: iec('B/s'),
  KBs: si('B/s', 1),
  KiBs: iec('B/s', 1),
  MBs: si('B/s', 2),
  MiBs: iec('B/s', 2),
  Kbits: si('b/s', 1),
  Mbits: si('b/s', 2),
  // Throughput
  cps: counted('c/s'),
  ops: counted('ops/s'),
  reqps: counted('req/s'),
  rps: counted('rd/s'),
  wps: counted('wr/s'),
  iops: counted('io/s'),
  eps: counted('evt/s'),
  mps: counted('msg/s'),
  recps: counted('rec/s'),
  rowsps: counted('rows/s'),
  cpm: counted('c/m'),
  opm: counted('ops/m'),
  reqpm: counted('req/m'),
  rpm: counted('rd/m'),
  wpm: counted('wr/m'),
  // Other
  celsius: suffixed('°C'),
  fahrenheit: suffixed('°F'),
  kelvin: suffixed('K'),
  watt: si('W'),
  kwatt: si('W', 1),
  joule: si('J'),
  volt: si('V'),
  amp: si('A'),
  dB: suffixed('dB'),
  currencyUSD: currency('$'),
  currencyEUR: currency('€'),
  currencyGBP: currency('£'),
};

/** Units written with a prefix of their own: `suffix:pods`, `prefix:v`, `si:mW`, `count:pods`, `currency:¤`. */
function custom(id: string): Formatter | null {
  const at = id.indexOf(':');
  if (at < 0) return null;
  const rest = id.slice(at + 1);
  switch (id.slice(0, at)) {
    case 'suffix':
      return (value, decimals) => ({ text: toFixed(value, decimals), suffix: rest });
    case 'prefix':
      return (value, decimals) => ({ text: toFixed(value, decimals), prefix: rest });
    case 'count':
      return counted(rest);
    case 'currency':
      return rest.startsWith('financial:') ? currency(rest.slice('financial:'.length)) : currency(rest);
    case 'si': {
      const power = ['k', 'M', 'G', 'T'].indexOf(rest[0] ?? '') + 1;
      return power > 0 && rest.length > 1 ? si(rest.slice(1), power) : si(rest);
    }
    default:
      return null;
  }
}

/** The value in the unit; an id that nobody knows stands behind the number as it is. */
export function formatUnit(
  value: number,
  unit: string,
  decimals?: number | null,
  zone: Zone = 'browser',
): Formatted {
  const date = formatDate(unit, value, zone);
  if (date !== null) return { text: date };
  const formatter = UNITS[unit || 'none'] ?? custom(unit) ?? suffixed(unit);
  return formatter(value, decimals);
}

export function joinFormatted({ prefix, text, suffix }: Formatted): string {
  return `${prefix ?? ''}${text}${suffix ?? ''}`;
}

/** One string; `trim` drops zeros that say nothing ("60.00" is "60"), as axes do. */
export function formatValue(
  value: number,
  unit: string,
  decimals?: number | null,
  zone: Zone = 'browser',
  trim = false,
): string {
  const formatted = formatUnit(value, unit, decimals, zone);
  if (trim && decimals == null && formatted.text.includes('.') && !formatted.text.includes('e')) {
    formatted.text = formatted.text.replace(/\.?0+$/, '');
  }
  return joinFormatted(formatted);
}

/** Whether ticks of an axis should stand at powers of two. */
export function isBinary(unit: string): boolean {
  return ['bits', 'bytes', 'kbytes', 'mbytes', 'gbytes', 'binbps', 'binBps', 'KiBs', 'MiBs'].includes(unit);
}

/** Plain numbers, thousands counted by SI letters: "27.8k". */
export function compact(value: number): string {
  const { text, suffix } = scaled(1000, ['', 'k', 'M', 'G', 'T'])(value);
  return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '') + (suffix ?? '');
}
