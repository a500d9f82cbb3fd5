import { useMemo } from 'react';
import type { Dashboard, ExpandedPanel, Panel } from '../api/dashboards';
import { Icon } from '../components/Icon';
import { Message } from '../components/Message';
import styles from './Dashboard.module.css';
import { heightPx, type Placed, place } from './grid';
import { PanelView, type Props as PanelViewProps } from './PanelView';

export interface Props {
  dashboard: Dashboard;
  panels: ExpandedPanel[];
  full: string | null;
  oneColumn: boolean;
  /** Rows that the reader opened or closed. */
  open: Record<string, boolean>;
  onToggleRow: (key: string, open: boolean) => void;
  panelProps: Pick<
    PanelViewProps,
    'range' | 'askedAt' | 'theme' | 'zone' | 'onZoom' | 'onZoomOut' | 'onFull' | 'onPoint'
  >;
}

export function PanelGrid({ dashboard, panels, full, oneColumn, open, onToggleRow, panelProps }: Props) {
  const models = useMemo(() => new Map(dashboard.panels.map((p) => [p.key, p])), [dashboard.panels]);
  const isOpen = (row: ExpandedPanel) => open[row.key] ?? !(models.get(row.source)?.collapsed ?? false);
  const placed = place(panels, (p) => models.get(p.source)?.type === 'row', isOpen);
  const syncKey = dashboard.sharedCrosshair ? dashboard.uid : null;
  if (full !== null) {
    const one = panels.find((p) => p.key === full || p.source === full);
    const model = one ? models.get(one.source) : undefined;
    if (!one || !model)
      return (
        <Message
          kind="empty"
          title="This panel is not in the dashboard."
          hint={`No panel has the key ${full}.`}
        />
      );
    return (
      <div className={styles.full}>
        <PanelView panel={model} expanded={one} syncKey={syncKey} full {...panelProps} />
      </div>
    );
  }
  return (
    <div className={oneColumn ? styles.oneColumn : styles.columns}>
      {placed.map((item) => {
        const model = models.get(item.panel.source);
        if (!model) return null;
        const state = isOpen(item.panel);
        return (
          <div key={item.panel.key} className={styles.cell} style={cellStyle(item, model, oneColumn)}>
            {item.isRow ? (
              <Row
                title={item.panel.title}
                open={state}
                onToggle={() => onToggleRow(item.panel.key, !state)}
              />
            ) : (
              <PanelView panel={model} expanded={item.panel} syncKey={syncKey} full={false} {...panelProps} />
            )}
          </div>
        );
      })}
    </div>
  );
}

function cellStyle({ grid, isRow }: Placed, model: Panel, oneColumn: boolean) {
  if (!oneColumn) {
    return { gridColumn: `${grid.x + 1} / span ${grid.w}`, gridRow: `${grid.y + 1} / span ${grid.h}` };
  }
  if (isRow) return {};
  // On a phone a chart need not be higher than wide, nor a table longer than the screen.
  const most = model.type === 'table' ? 420 : model.type === 'timeseries' ? 300 : 220;
  const least = model.type === 'timeseries' ? 240 : model.type === 'text' ? 60 : 130;
  return { height: Math.max(least, Math.min(most, heightPx(grid.h))) };
}

function Row({ title, open, onToggle }: { title: string; open: boolean; onToggle: () => void }) {
  return (
    <button type="button" className={styles.row} aria-expanded={open} onClick={onToggle} data-testid="row">
      <Icon name={open ? 'chevronDown' : 'chevronRight'} />
      <span>{title.trim() || 'Row'}</span>
    </button>
  );
}
