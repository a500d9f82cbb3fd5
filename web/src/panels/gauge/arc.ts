// Arcs of a gauge: 0 is the left end, 1 the right, 240 degrees between. Pure.

const SWEEP = (240 * Math.PI) / 180;
const START = Math.PI / 2 + (Math.PI * 2 - SWEEP) / 2;

function point(cx: number, cy: number, r: number, at: number): string {
  const angle = START + at * SWEEP;
  return `${(cx + r * Math.cos(angle)).toFixed(2)},${(cy + r * Math.sin(angle)).toFixed(2)}`;
}

/** An SVG path along the circle. */
export function arc(cx: number, cy: number, r: number, from: number, to: number): string {
  const large = (to - from) * SWEEP > Math.PI ? 1 : 0;
  return `M${point(cx, cy, r, from)}A${r},${r} 0 ${large} 1 ${point(cx, cy, r, to)}`;
}

export interface Segment {
  from: number;
  to: number;
  color: string;
  /** Value at the lower end; null at the very start. */
  value: number | null;
}

/** Thresholds as parts of the arc. */
export function segments(
  steps: { value: number | null; color: string }[],
  percentage: boolean,
  min: number,
  max: number,
): Segment[] {
  const at = (value: number | null) => {
    if (value === null) return 0;
    const share = percentage ? value / 100 : max > min ? (value - min) / (max - min) : 0;
    return Math.min(1, Math.max(0, share));
  };
  return steps
    .map((step, i) => {
      const next = steps[i + 1];
      return { from: at(step.value), to: next ? at(next.value) : 1, color: step.color, value: step.value };
    })
    .filter((part) => part.to > part.from);
}
