// A series as an SVG path that fills its box. Pure.

export interface Sparkline {
  line: string;
  area: string;
}

/** Null where fewer than two values could be drawn. `width` and `height` in pixels; y grows downward. */
export function sparkline(
  time: number[],
  values: (number | null)[],
  width: number,
  height: number,
): Sparkline | null {
  const points: [number, number][] = [];
  values.forEach((value, i) => {
    const at = time[i];
    if (value !== null && Number.isFinite(value) && at !== undefined) points.push([at, value]);
  });
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || points.length < 2 || last[0] === first[0]) return null;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [, value] of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // A flat line stands in the middle, not on the floor.
  const span = high - low;
  const y = (value: number) => (span === 0 ? height / 2 : height - 2 - ((value - low) / span) * (height - 4));
  const x = (ms: number) => ((ms - first[0]) / (last[0] - first[0])) * width;
  const line = points
    .map(([ms, value], i) => `${i === 0 ? 'M' : 'L'}${x(ms).toFixed(1)},${y(value).toFixed(1)}`)
    .join('');
  return { line, area: `${line}L${width},${height}L0,${height}Z` };
}
