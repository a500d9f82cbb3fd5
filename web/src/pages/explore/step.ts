/** About 250 points in a range, at least a second apart. */
export function stepSeconds(rangeS: number): number {
  return Math.max(1, Math.round(rangeS / 250));
}
