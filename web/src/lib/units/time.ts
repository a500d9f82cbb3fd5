// Durations in words and dates.
import { formatAgo, formatDateTime, timeParts, type Zone } from '../time';
import { type Formatted, type Formatter, toFixed } from './number';

type Step = [below: number, divisor: number, suffix: string];

const YEAR_S = 31_556_900;

/** The first row whose border lies above the size. */
function stepped(steps: Step[]): Formatter {
  return (value, decimals): Formatted => {
    if (!Number.isFinite(value)) return { text: toFixed(value) };
    const size = Math.abs(value);
    const [, divisor, suffix] = steps.find(([below]) => size < below) ??
      steps[steps.length - 1] ?? [0, 1, ''];
    return { text: toFixed(value / divisor, decimals), suffix };
  };
}

const secondsAbove: Step[] = [
  [1e-6, 1e-9, ' ns'],
  [1e-3, 1e-6, ' µs'],
  [1, 1e-3, ' ms'],
  [60, 1, ' s'],
  [3600, 60, ' mins'],
  [86_400, 3600, ' hours'],
  [604_800, 86_400, ' days'],
  [31_536_000, 604_800, ' weeks'],
  [Number.POSITIVE_INFINITY, YEAR_S, ' years'],
];
const steppedSeconds = stepped(secondsAbove);

export const seconds: Formatter = (value, decimals) =>
  value === 0 ? { text: '0', suffix: ' s' } : steppedSeconds(value, decimals);

export const milliseconds: Formatter = (value, decimals) =>
  value === 0
    ? { text: '0', suffix: ' ms' }
    : stepped([
        [1000, 1, ' ms'],
        [60_000, 1000, ' s'],
        [3_600_000, 60_000, ' mins'],
        [86_400_000, 3_600_000, ' hours'],
        [31_536_000_000, 86_400_000, ' days'],
        [Number.POSITIVE_INFINITY, 31_536_000_000, ' years'],
      ])(value, decimals);

export const microseconds: Formatter = stepped([
  [1000, 1, ' µs'],
  [1_000_000, 1000, ' ms'],
  [Number.POSITIVE_INFINITY, 1_000_000, ' s'],
]);

export const nanoseconds: Formatter = stepped([
  [1000, 1, ' ns'],
  [1e6, 1000, ' µs'],
  [1e9, 1e6, ' ms'],
  [60e9, 1e9, ' s'],
  [3600e9, 60e9, ' mins'],
  [86_400e9, 3600e9, ' hours'],
  [Number.POSITIVE_INFINITY, 86_400e9, ' days'],
]);

export const minutes: Formatter = stepped([
  [60, 1, ' mins'],
  [1440, 60, ' hours'],
  [10_080, 1440, ' days'],
  [604_800, 10_080, ' weeks'],
  [Number.POSITIVE_INFINITY, 5.25948e5, ' years'],
]);

export const hours: Formatter = stepped([
  [24, 1, ' hours'],
  [168, 24, ' days'],
  [8760, 168, ' weeks'],
  [Number.POSITIVE_INFINITY, 8760, ' years'],
]);

export const days: Formatter = stepped([
  [7, 1, ' days'],
  [365, 7, ' weeks'],
  [Number.POSITIVE_INFINITY, 365, ' years'],
]);

const PARTS: [string, number][] = [
  ['year', 31_536_000_000],
  ['month', 2_628_000_000],
  ['week', 604_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
  ['millisecond', 1],
];

/** "1 hour, 2 minutes": as many parts as `decimals` asks for beyond the first. */
export function inWords(unitMs: number): Formatter {
  return (value, decimals) => {
    if (value === 0) return { text: `0 ${unitMs === 1 ? 'milliseconds' : 'seconds'}` };
    let rest = Math.abs(value) * unitMs;
    let left = (decimals ?? 0) + 1;
    const words: string[] = [];
    for (const [name, size] of PARTS) {
      if (left === 0) break;
      const count = Math.floor(rest / size);
      if (count > 0 || words.length > 0) {
        if (count > 0) words.push(`${count} ${name}${count === 1 ? '' : 's'}`);
        rest -= count * size;
        left -= 1;
      }
    }
    return { text: words.join(', '), suffix: value < 0 ? ' ago' : '' };
  };
}

/** `2d 03:04:05`-like clock of a duration. */
export const dayClock: Formatter = (value) => {
  const total = Math.round(Math.abs(value));
  const p = (n: number) => String(n).padStart(2, '0');
  const clock = `${p(Math.floor((total % 86_400) / 3600))}:${p(Math.floor((total % 3600) / 60))}:${p(total % 60)}`;
  return { text: `${value < 0 ? '-' : ''}${Math.floor(total / 86_400)} d ${clock}` };
};

function isToday(ms: number, zone: Zone): boolean {
  const a = timeParts(ms, zone);
  const b = timeParts(Date.now(), zone);
  return a.year === b.year && a.month === b.month && a.day === b.day;
}

/** Dates of milliseconds since the epoch, by Grafana's id; null where the id is no date. */
export function formatDate(unit: string, ms: number, zone: Zone): string | null {
  const iso = formatDateTime(ms, zone);
  const p = timeParts(ms, zone);
  const hour = p.hour % 12 === 0 ? 12 : p.hour % 12;
  const two = (n: number) => String(n).padStart(2, '0');
  const clock = `${hour}:${two(p.minute)}:${two(p.second)} ${p.hour < 12 ? 'am' : 'pm'}`;
  switch (unit) {
    case 'dateTimeAsIso':
    case 'dateTimeAsSystem':
      return iso;
    case 'dateTimeAsIsoNoDateIfToday':
      return isToday(ms, zone) ? iso.slice(11) : iso;
    case 'dateTimeAsUS':
      return `${two(p.month)}/${two(p.day)}/${p.year} ${clock}`;
    case 'dateTimeAsUSNoDateIfToday':
      return isToday(ms, zone) ? clock : `${two(p.month)}/${two(p.day)}/${p.year} ${clock}`;
    case 'dateTimeFromNow':
      return formatAgo(ms, Date.now());
    default:
      return unit.startsWith('time:') ? iso : null;
  }
}
