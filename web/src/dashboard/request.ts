// What the server is asked to expand. Pure.
import type { Dashboard, ExpandRequest } from '../api/dashboards';
import type { Range } from '../lib/time';
import type { ViewState } from '../lib/url';
import { dataPoints } from './grid';

/** Undefined while the width of the page is not known. */
export function expandRequest(
  dashboard: Dashboard,
  view: ViewState,
  range: Range,
  widthPx: number,
  oneColumn: boolean,
): ExpandRequest | undefined {
  if (widthPx === 0) return undefined;
  const maxDataPoints: Record<string, number> = {};
  for (const panel of dashboard.panels) {
    if (panel.type === 'row' || panel.queries.length === 0) continue;
    const columns = view.viewPanel === panel.key ? 24 : panel.grid.w;
    maxDataPoints[panel.key] = dataPoints(columns, widthPx, oneColumn);
  }
  return { variables: view.variables, from: range.from, to: range.to, maxDataPoints };
}
