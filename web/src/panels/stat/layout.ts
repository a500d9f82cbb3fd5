// How many columns of values fit best, and how large their text can be. Pure.

export interface Cells {
  columns: number;
  rows: number;
}

/** The division of a box into cells nearest to 2.4 times as wide as high. */
export function divide(count: number, width: number, height: number, orientation: string): Cells {
  if (count <= 1 || width === 0 || height === 0) return { columns: 1, rows: Math.max(1, count) };
  if (orientation === 'vertical') return { columns: count, rows: 1 };
  if (orientation === 'horizontal') return { columns: 1, rows: count };
  let best: Cells = { columns: 1, rows: count };
  let error = Number.POSITIVE_INFINITY;
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const ratio = width / columns / (height / rows);
    const off = Math.abs(Math.log(ratio / 2.4)) + (columns * rows - count) * 0.05;
    if (off < error) {
      error = off;
      best = { columns, rows };
    }
  }
  return best;
}

/** Pixels of a text of so many characters that fits the box. */
export function fitText(characters: number, width: number, height: number, max: number): number {
  const byWidth = width / (Math.max(1, characters) * 0.6);
  return Math.max(12, Math.min(max, byWidth, height * 0.62));
}
