// Where panels stand: rows folded, everything below moved up. Pure.
import type { ExpandedPanel, Grid } from '../api/dashboards';

export interface Placed {
  panel: ExpandedPanel;
  isRow: boolean;
  grid: Grid;
}

/** Panels to draw, top to bottom, with closed rows' panels left out and the gaps they leave closed. */
export function place(
  panels: ExpandedPanel[],
  isRow: (panel: ExpandedPanel) => boolean,
  isOpen: (row: ExpandedPanel) => boolean,
): Placed[] {
  const sorted = [...panels].sort((a, b) => a.grid.y - b.grid.y || a.grid.x - b.grid.x);
  const closed = new Set(sorted.filter((p) => isRow(p) && !isOpen(p)).map((p) => p.key));
  const placed: Placed[] = [];
  // Heights taken away so far, from each y on.
  const cuts: { y: number; height: number }[] = [];
  for (const row of sorted.filter((p) => closed.has(p.key))) {
    const inside = sorted.filter((p) => p.row === row.key);
    const bottom = Math.max(row.grid.y + 1, ...inside.map((p) => p.grid.y + p.grid.h));
    cuts.push({ y: bottom, height: bottom - row.grid.y - 1 });
  }
  for (const panel of sorted) {
    if (panel.row !== null && closed.has(panel.row)) continue;
    const cut = cuts.filter((c) => c.y <= panel.grid.y).reduce((sum, c) => sum + c.height, 0);
    placed.push({ panel, isRow: isRow(panel), grid: { ...panel.grid, y: panel.grid.y - cut } });
  }
  return placed;
}

export const ROW_PX = 30;
export const GAP_PX = 8;
export const COLUMNS = 24;

/** Pixels of a height in grid units. */
export function heightPx(h: number): number {
  return h * (ROW_PX + GAP_PX) - GAP_PX;
}

/** Pixels of data that a panel can show, rounded so that a small change of the window asks for nothing anew. */
export function dataPoints(w: number, containerPx: number, oneColumn: boolean): number {
  const px = oneColumn ? containerPx : (containerPx * w) / COLUMNS;
  return Math.max(100, Math.floor(px / 50) * 50);
}
