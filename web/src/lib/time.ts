// Ranges as people write them ("now-15m", "now/d", epoch milliseconds, ISO dates) and times as people read them.

export type Zone = 'browser' | 'utc';

export interface RawRange {
  from: string;
  to: string;
}

/** Milliseconds since the epoch. */
export interface Range {
  from: number;
  to: number;
}

const UNIT_MS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const RELATIVE = /^now(?:([+-])(\d+)([smhdwMy]))?(?:\/([smhdwMy]))?$/;

function shift(ms: number, amount: number, unit: string, zone: Zone): number {
  const fixed = UNIT_MS[unit];
  if (fixed !== undefined) return ms + amount * fixed;
  const date = new Date(ms);
  const months = unit === 'M' ? amount : amount * 12;
  if (zone === 'utc') date.setUTCMonth(date.getUTCMonth() + months);
  else date.setMonth(date.getMonth() + months);
  return date.getTime();
}

function floorTo(ms: number, unit: string, zone: Zone): number {
  if (unit === 's' || unit === 'm') return Math.floor(ms / (UNIT_MS[unit] ?? 1)) * (UNIT_MS[unit] ?? 1);
  const d = new Date(ms);
  const utc = zone === 'utc';
  const [year, month, day, hour, weekday] = utc
    ? [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate(), d.getUTCHours(), d.getUTCDay()]
    : [d.getFullYear(), d.getMonth(), d.getDate(), d.getHours(), d.getDay()];
  const at = (y: number, mo: number, da: number, h: number) =>
    utc ? Date.UTC(y, mo, da, h) : new Date(y, mo, da, h).getTime();
  if (unit === 'h') return at(year, month, day, hour);
  if (unit === 'd') return at(year, month, day, 0);
  if (unit === 'w') return at(year, month, day - ((weekday + 6) % 7), 0);
  if (unit === 'M') return at(year, month, 1, 0);
  return at(year, 0, 1, 0);
}

/** Milliseconds of one end of a range, or null where it says nothing. `now/d` as an end means the end of the day. */
export function parseTime(text: string, nowMs: number, zone: Zone, isEnd = false): number | null {
  const found = RELATIVE.exec(text.trim());
  if (found) {
    const [, sign, amount, unit, rounding] = found;
    let ms = nowMs;
    if (sign && amount && unit) ms = shift(ms, sign === '-' ? -Number(amount) : Number(amount), unit, zone);
    if (rounding) {
      ms = floorTo(ms, rounding, zone);
      if (isEnd) ms = shift(ms, 1, rounding, zone) - 1;
    }
    return ms;
  }
  if (/^\d{9,10}$/.test(text)) return Number(text) * 1000;
  if (/^\d{11,}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const iso = text.trim().replace(' ', 'T');
  const full = /T/.test(iso) ? iso : `${iso}T00:00:00`;
  const ms = Date.parse(zoned ? full : zone === 'utc' ? `${full}Z` : full);
  return Number.isNaN(ms) ? null : ms;
}

/** Both ends; an unreadable or reversed range is the last hour. */
export function resolveRange(raw: RawRange, nowMs: number, zone: Zone): Range {
  const from = parseTime(raw.from, nowMs, zone);
  const to = parseTime(raw.to, nowMs, zone, true);
  if (from === null || to === null || from >= to) return { from: nowMs - 3_600_000, to: nowMs };
  return { from, to };
}

export function isRelative(raw: RawRange): boolean {
  return raw.from.startsWith('now') || raw.to.startsWith('now');
}

export const QUICK_RANGES: { text: string; range: RawRange }[] = [
  ['Last 5 minutes', 'now-5m'],
  ['Last 15 minutes', 'now-15m'],
  ['Last 30 minutes', 'now-30m'],
  ['Last 1 hour', 'now-1h'],
  ['Last 3 hours', 'now-3h'],
  ['Last 6 hours', 'now-6h'],
  ['Last 12 hours', 'now-12h'],
  ['Last 24 hours', 'now-24h'],
  ['Last 2 days', 'now-2d'],
  ['Last 7 days', 'now-7d'],
  ['Last 30 days', 'now-30d'],
  ['Last 90 days', 'now-90d'],
].map(([text = '', from = '']) => ({ text, range: { from, to: 'now' } }));
QUICK_RANGES.push({ text: 'Today', range: { from: 'now/d', to: 'now/d' } });
QUICK_RANGES.push({ text: 'Today so far', range: { from: 'now/d', to: 'now' } });
QUICK_RANGES.push({ text: 'Yesterday', range: { from: 'now-1d/d', to: 'now-1d/d' } });
QUICK_RANGES.push({ text: 'This week so far', range: { from: 'now/w', to: 'now' } });

/** What the range button says. */
export function rangeText(raw: RawRange, zone: Zone): string {
  const quick = QUICK_RANGES.find((q) => q.range.from === raw.from && q.range.to === raw.to);
  if (quick) return quick.text;
  const end = (text: string) => {
    const ms = text.startsWith('now') ? null : parseTime(text, 0, zone);
    return ms === null ? text : formatDateTime(ms, zone);
  };
  const relative = /^now-(\d+)([smhdwMy])$/.exec(raw.from);
  if (relative && raw.to === 'now') {
    const names: Record<string, string> = {
      s: 'second',
      m: 'minute',
      h: 'hour',
      d: 'day',
      w: 'week',
      M: 'month',
      y: 'year',
    };
    const [, amount = '', unit = ''] = relative;
    return `Last ${amount} ${names[unit]}${amount === '1' ? '' : 's'}`;
  }
  return `${end(raw.from)} to ${end(raw.to)}`;
}

/** Twice as wide around the same center, never beyond `nowMs` by more than the half added. */
export function zoomOut(range: Range): Range {
  const half = Math.max(1000, (range.to - range.from) / 2);
  return { from: Math.round(range.from - half), to: Math.round(range.to + half) };
}

/** Half a width to the left (-1) or right (1). */
export function pan(range: Range, direction: -1 | 1): Range {
  const half = Math.round((range.to - range.from) / 2) * direction;
  return { from: range.from + half, to: range.to + half };
}

const DURATION = /(\d+)(ms|[smhdwy])/g;
const DURATION_MS: Record<string, number> = { ms: 1, ...UNIT_MS, y: 31_536_000_000 };

/** "1m30s" in milliseconds; 0 where there is nothing to read. */
export function parseDuration(text: string): number {
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(DURATION))
    ms += Number(amount) * (DURATION_MS[unit ?? ''] ?? 0);
  return ms;
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
}

export function timeParts(ms: number, zone: Zone): Parts {
  const d = new Date(ms);
  return zone === 'utc'
    ? {
        year: d.getUTCFullYear(),
        month: d.getUTCMonth() + 1,
        day: d.getUTCDate(),
        hour: d.getUTCHours(),
        minute: d.getUTCMinutes(),
        second: d.getUTCSeconds(),
        ms: d.getUTCMilliseconds(),
      }
    : {
        year: d.getFullYear(),
        month: d.getMonth() + 1,
        day: d.getDate(),
        hour: d.getHours(),
        minute: d.getMinutes(),
        second: d.getSeconds(),
        ms: d.getMilliseconds(),
      };
}

/** `2026-11-24 01:02:03` */
export function formatDateTime(ms: number, zone: Zone): string {
  // Beyond what a date can hold, as the bounds of an empty store are.
  if (!(Math.abs(ms) <= 8.64e15)) return '';
  const p = timeParts(ms, zone);
  return `${p.year}-${pad(p.month)}-${pad(p.day)} ${pad(p.hour)}:${pad(p.minute)}:${pad(p.second)}`;
}

/** A tick of a time axis: as coarse as the distance of ticks allows. */
export function formatTick(ms: number, stepMs: number, spanMs: number, zone: Zone): string {
  const p = timeParts(ms, zone);
  if (stepMs < 1000) return `${pad(p.minute)}:${pad(p.second)}.${pad(p.ms, 3)}`;
  if (stepMs < 60_000) return `${pad(p.hour)}:${pad(p.minute)}:${pad(p.second)}`;
  if (spanMs <= 86_400_000) return `${pad(p.hour)}:${pad(p.minute)}`;
  if (stepMs < 86_400_000) return `${pad(p.month)}/${pad(p.day)} ${pad(p.hour)}:${pad(p.minute)}`;
  if (spanMs < 31_536_000_000) return `${pad(p.month)}/${pad(p.day)}`;
  return `${p.year}-${pad(p.month)}`;
}

/** "3 m ago" of a time that lies behind us; "in 3 m" of one that does not. */
export function formatAgo(ms: number, nowMs: number): string {
  const seconds = Math.round(Math.abs(nowMs - ms) / 1000);
  const text = formatSpan(seconds * 1000);
  return ms > nowMs + 500 ? `in ${text}` : `${text} ago`;
}

/** The time of something that may not have happened yet: RFC 3339, or Go's zero time. */
export function formatSince(text: string | undefined, nowMs: number): string {
  const ms = Date.parse(text ?? '');
  return ms > 0 ? formatAgo(ms, nowMs) : 'not yet';
}

/** Two largest units of a span: "2h 5m", "41s", "12ms". */
export function formatSpan(spanMs: number): string {
  if (spanMs < 1000) return `${Math.round(spanMs * 10) / 10}ms`;
  if (spanMs < 10_000) return `${Math.round(spanMs / 100) / 10}s`;
  let rest = Math.round(spanMs / 1000);
  const parts: string[] = [];
  for (const [name, size] of [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${name}`);
    if (parts.length === 2) break;
  }
  return parts.join(' ') || '0s';
}
