// Fills of bars. Pure.
import type { Thresholds } from '../../api/dashboards';

/** Which of `count` cells are lit at a share of 0 to 1. */
export function litCells(count: number, share: number): boolean[] {
  const lit = share <= 0 ? 0 : Math.max(1, Math.round(share * count));
  return Array.from({ length: count }, (_, i) => i < lit);
}

/** The scale's colours up to the end of the bar: thresholds stand where they stand on the whole track. */
export function gradient(
  { mode, steps }: Thresholds,
  [min, max]: [number, number],
  share: number,
  color: (name: string) => string,
  vertical: boolean,
): string {
  const stops: [number, string][] = [];
  for (const step of steps) {
    const whole =
      step.value === null
        ? 0
        : mode === 'percentage'
          ? step.value / 100
          : max > min
            ? (step.value - min) / (max - min)
            : 0;
    const at = share > 0 ? Math.max(0, whole) / share : 0;
    if (at > 1 && stops.length > 0) break;
    stops.push([Math.min(1, at), color(step.color)]);
  }
  const [first] = stops;
  if (!first) return 'transparent';
  const direction = vertical ? 'to top' : 'to right';
  const list = stops.length === 1 ? [first, [1, first[1]] as [number, string]] : stops;
  return `linear-gradient(${direction}, ${list.map(([at, c]) => `${c} ${(at * 100).toFixed(1)}%`).join(', ')})`;
}
