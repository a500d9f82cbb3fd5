// What every panel gets. Panels are functions of these; none fetches.
import type { ExpandedPanel, Panel, PanelType } from '../api/dashboards';
import type { PanelData } from '../frames/frame';
import type { Theme } from '../lib/color';
import type { Range, Zone } from '../lib/time';

export interface PanelProps<T extends PanelType = PanelType> {
  panel: Extract<Panel, { type: T }>;
  expanded: ExpandedPanel;
  data: PanelData;
  range: Range;
  theme: Theme;
  zone: Zone;
  /** Charts with the same key share their crosshair; null: none. */
  syncKey: string | null;
  onZoom: (range: Range) => void;
  onZoomOut: () => void;
}
