import { describe, expect, it } from 'vitest';
import { compact, formatValue } from './units';

// [value, unit, decimals, shown], as Grafana shows them.
const CASES: [number, string, number | null, string][] = [
  [0, '', null, '0'],
  [3, '', null, '3'],
  [1.5, 'none', null, '1.50'],
  [12.345, 'none', null, '12.3'],
  [123.456, 'none', null, '123'],
  [0.05, 'none', null, '0.0500'],
  [-1.5, 'none', null, '-1.5'],
  [1.5, 'none', 0, '2'],
  [1, 'none', 2, '1.00'],
  [Number.NaN, 'none', null, 'NaN'],
  [Number.POSITIVE_INFINITY, 's', null, '∞'],
  [13, 'short', 0, '13'],
  [1500, 'short', null, '1.50 K'],
  [27_765, 'short', null, '27.8 K'],
  [2_000_000, 'short', null, '2 Mil'],
  [-1500, 'short', 1, '-1.5 K'],
  [0, 's', null, '0 s'],
  [0.25, 's', null, '250 ms'],
  [0.0000025, 's', null, '2.50 µs'],
  [2e-8, 's', null, '20 ns'],
  [1.5, 's', null, '1.50 s'],
  [90, 's', null, '1.50 mins'],
  [5400, 's', null, '1.50 hours'],
  [172_800, 's', null, '2 days'],
  [1_209_600, 's', null, '2 weeks'],
  [1500, 'ms', null, '1.50 s'],
  [0, 'ms', null, '0 ms'],
  [1024, 'bytes', null, '1 KiB'],
  [50_331_648, 'bytes', 0, '48 MiB'],
  [1536, 'bytes', null, '1.50 KiB'],
  [1000, 'decbytes', null, '1 kB'],
  [58_123_456, 'decbits', null, '58.1 Mb'],
  [0.5, 'decbits', null, '500 mb'],
  [2048, 'bits', null, '2 Kib'],
  [1_500_000, 'Bps', null, '1.50 MB/s'],
  [1536, 'binBps', null, '1.50 KiB/s'],
  [4, 'opm', null, '4 ops/m'],
  [1500, 'opm', null, '1.50K ops/m'],
  [0.5, 'ops', null, '0.500 ops/s'],
  [3.2, 'reqps', null, '3.20 req/s'],
  [42, 'percent', null, '42%'],
  [0.425, 'percentunit', null, '42.5%'],
  [12, 'suffix:pods', null, '12pods'],
  [12, 'pods', null, '12 pods'],
  [1500, 'currencyUSD', null, '$1.50K'],
  [3_723_000, 'dtdurationms', 2, '1 hour, 2 minutes, 3 seconds'],
  [1, 'bool', null, 'True'],
  [0, 'bool_on_off', null, 'Off'],
];

describe('formatValue', () => {
  it.each(CASES)('%d in %s with %s decimals is %s', (value, unit, decimals, shown) => {
    expect(formatValue(value, unit, decimals)).toBe(shown);
  });

  it('writes dates in the zone', () => {
    expect(formatValue(1_795_482_123_000, 'dateTimeAsIso', null, 'utc')).toBe('2026-11-24 01:02:03');
    expect(formatValue(1_795_482_123_000, 'dateTimeAsUS', null, 'utc')).toBe('11/24/2026 1:02:03 am');
  });

  it('trims zeros on axes only', () => {
    expect(formatValue(1500, 'short', null, 'utc', true)).toBe('1.5 K');
    expect(formatValue(100, 'short', null, 'utc', true)).toBe('100');
  });

  it('counts by letters', () => {
    expect(compact(27_765)).toBe('27.8k');
    expect(compact(12)).toBe('12');
  });
});
