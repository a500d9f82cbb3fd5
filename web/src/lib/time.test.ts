import { describe, expect, it } from 'vitest';
import {
  formatAgo,
  formatDateTime,
  formatSince,
  formatSpan,
  formatTick,
  pan,
  parseDuration,
  parseTime,
  rangeText,
  resolveRange,
  zoomOut,
} from './time';

const NOW = Date.UTC(2026, 10, 24, 13, 45, 30);

describe('parseTime', () => {
  const cases: [string, number][] = [
    ['now', NOW],
    ['now-15m', NOW - 900_000],
    ['now+1h', NOW + 3_600_000],
    ['now/d', Date.UTC(2026, 10, 24)],
    ['now-1d/d', Date.UTC(2026, 10, 23)],
    ['now/w', Date.UTC(2026, 10, 23)],
    ['now/M', Date.UTC(2026, 10, 1)],
    ['now-1M', Date.UTC(2026, 9, 24, 13, 45, 30)],
    ['now-1y/y', Date.UTC(2025, 0, 1)],
    ['1795482123000', 1_795_482_123_000],
    ['1795482123', 1_795_482_123_000],
    ['2026-11-24 01:02:03', Date.UTC(2026, 10, 24, 1, 2, 3)],
    ['2026-11-24', Date.UTC(2026, 10, 24)],
    ['2026-11-24T01:02:03+01:00', Date.UTC(2026, 10, 24, 0, 2, 3)],
  ];
  it.each(cases)('%s', (text, ms) => expect(parseTime(text, NOW, 'utc')).toBe(ms));

  it('ends a rounded end at its last millisecond', () => {
    expect(parseTime('now/d', NOW, 'utc', true)).toBe(Date.UTC(2026, 10, 25) - 1);
  });

  it.each(['', 'yesterday', 'now-', 'now-5', '12', 'nowish'])('says nothing of %j', (text) => {
    expect(parseTime(text, NOW, 'utc')).toBeNull();
  });
});

describe('ranges', () => {
  it('falls back to the last hour', () => {
    const hour = { from: NOW - 3_600_000, to: NOW };
    expect(resolveRange({ from: 'now', to: 'now-1h' }, NOW, 'utc')).toEqual(hour);
    expect(resolveRange({ from: 'x', to: 'now' }, NOW, 'utc')).toEqual(hour);
  });

  it('zooms out to twice the width around the middle', () => {
    expect(zoomOut({ from: 10_000, to: 20_000 })).toEqual({ from: 5000, to: 25_000 });
  });

  it('pans by half the width', () => {
    expect(pan({ from: 10_000, to: 20_000 }, -1)).toEqual({ from: 5000, to: 15_000 });
    expect(pan({ from: 10_000, to: 20_000 }, 1)).toEqual({ from: 15_000, to: 25_000 });
  });

  it('is told in words', () => {
    expect(rangeText({ from: 'now-15m', to: 'now' }, 'utc')).toBe('Last 15 minutes');
    expect(rangeText({ from: 'now-45m', to: 'now' }, 'utc')).toBe('Last 45 minutes');
    expect(rangeText({ from: '1795482123000', to: 'now' }, 'utc')).toBe('2026-11-24 01:02:03 to now');
  });
});

describe('times in words', () => {
  it('parses durations', () => {
    expect(parseDuration('1m30s')).toBe(90_000);
    expect(parseDuration('500ms')).toBe(500);
    expect(parseDuration('')).toBe(0);
  });

  it('formats', () => {
    expect(formatDateTime(1_795_482_123_000, 'utc')).toBe('2026-11-24 01:02:03');
    expect(formatSpan(12.34)).toBe('12.3ms');
    expect(formatSpan(1500)).toBe('1.5s');
    expect(formatSpan(7_260_000)).toBe('2h 1m');
    expect(formatSpan(60_000)).toBe('1m');
    expect(formatAgo(NOW - 3000, NOW)).toBe('3s ago');
    expect(formatAgo(NOW + 60_000, NOW)).toBe('in 1m');
    expect(formatSince('0001-01-01T00:00:00Z', NOW)).toBe('not yet');
    expect(formatSince(new Date(NOW - 5000).toISOString(), NOW)).toBe('5s ago');
    expect(formatDateTime(9.2e18, 'utc')).toBe('');
  });

  it('gives ticks as many parts as their distance asks for', () => {
    const ms = 1_795_482_123_000;
    expect(formatTick(ms, 15_000, 300_000, 'utc')).toBe('01:02:03');
    expect(formatTick(ms, 60_000, 900_000, 'utc')).toBe('01:02');
    expect(formatTick(ms, 7_200_000, 172_800_000, 'utc')).toBe('11/24 01:02');
    expect(formatTick(ms, 86_400_000, 864_000_000, 'utc')).toBe('11/24');
  });
});
