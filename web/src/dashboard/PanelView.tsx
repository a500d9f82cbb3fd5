import { memo, useMemo, useRef } from 'react';
import type { ExpandedPanel, Panel } from '../api/dashboards';
import { ErrorBoundary } from '../components/ErrorBoundary';
import { Message } from '../components/Message';
import type { Theme } from '../lib/color';
import type { Range, Zone } from '../lib/time';
import type { PanelProps } from '../panels/panelProps';
import { panelKind } from '../panels/registry';
import { EmptyPanel } from './EmptyPanel';
import styles from './Panel.module.css';
import { PanelHeader } from './PanelHeader';
import { type PanelState, prepare, usePanelData } from './usePanelData';
import { useVisible } from './useVisible';

export interface Props {
  panel: Panel;
  expanded: ExpandedPanel;
  range: Range;
  /** A later time asks the same queries anew. */
  askedAt: number;
  theme: Theme;
  zone: Zone;
  syncKey: string | null;
  full: boolean;
  onZoom: (range: Range) => void;
  onZoomOut: () => void;
  onFull: (key: string) => void;
  onPoint: (key: string | null) => void;
}

export const PanelView = memo(function PanelView(props: Props) {
  const { panel, expanded, range, onPoint } = props;
  const host = useRef<HTMLElement>(null);
  const visible = useVisible(host);
  const state = usePanelData(expanded.queries, range, props.askedAt, visible);
  const data = useMemo(() => prepare(panel, state.data), [panel, state.data]);
  const title = expanded.title.trim();
  return (
    <section
      ref={host}
      className={styles.panel}
      data-transparent={panel.transparent}
      data-testid="panel"
      data-panel={expanded.key}
      data-type={panel.type}
      data-state={stateOf(state, data, panel)}
      aria-label={title || `${panel.type} panel`}
      aria-busy={state.fetching}
      onMouseEnter={() => onPoint(expanded.key)}
      onMouseLeave={() => onPoint(null)}
      onFocus={() => onPoint(expanded.key)}
    >
      <PanelHeader
        panel={panel}
        expanded={expanded}
        state={state}
        data={data}
        full={props.full}
        zone={props.zone}
        range={range}
        onFull={props.onFull}
      />
      <div className={styles.body}>
        <ErrorBoundary>
          <Body {...props} state={state} data={data} />
        </ErrorBoundary>
      </div>
    </section>
  );
});

type BodyProps = Props & { state: PanelState; data: PanelProps['data'] };

function Body(props: BodyProps) {
  const { panel, expanded, state, data } = props;
  const kind = panelKind(panel.type);
  if (kind.drawsEmpty) return kind.draw(props);
  if (state.loading) return <Message kind="loading" title="Loading" />;
  const empty = isEmpty(data);
  if (empty && state.error) return <Message kind="failed" title="The query failed." hint={state.error} />;
  const standsIn = panel.field.noValue !== '' && ['stat', 'gauge', 'bargauge'].includes(panel.type);
  if (empty && !standsIn)
    return <EmptyPanel queries={expanded.queries} settled={!state.fetching} range={props.range} />;
  return kind.draw(props);
}

function isEmpty(data: PanelProps['data']): boolean {
  return (
    data.frames.every((f) => f.time.length === 0) &&
    data.tables.every((t) => t.length === 0 || t.fields.length === 0)
  );
}

function stateOf(state: PanelState, data: PanelProps['data'], panel: Panel): string {
  if (panelKind(panel.type).drawsEmpty) return 'ready';
  if (state.loading) return 'loading';
  if (state.error) return isEmpty(data) ? 'failed' : 'stale';
  return isEmpty(data) ? 'empty' : 'ready';
}
