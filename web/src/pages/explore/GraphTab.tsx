import { useMemo } from 'react';
import type { QueryData } from '../../api/query';
import { toFrames } from '../../frames/fromApi';
import { useSettings, useTheme } from '../../lib/settings';
import { type Range, zoomOut } from '../../lib/time';
import type { ExploreState } from '../../lib/url';
import { defaultTimeseries } from '../../panels/defaults';
import { TimeseriesPanel } from '../../panels/timeseries/TimeseriesPanel';
import styles from './Explore.module.css';
import { stepSeconds } from './step';

export interface Props {
  data: QueryData;
  state: ExploreState;
  endMs: number;
  onChange: (part: Partial<ExploreState>) => void;
}

export function GraphTab({ data, state, endMs, onChange }: Props) {
  const theme = useTheme();
  const { zone } = useSettings();
  const all = useMemo(
    () => toFrames(data, { refId: 'A', expr: state.expr, legend: '' }, stepSeconds(state.rangeS) * 1000),
    [data, state.expr, state.rangeS],
  );
  const shown = useMemo(() => ({ frames: all, tables: [] }), [all]);
  const panel = useMemo(() => defaultTimeseries(state.stacked), [state.stacked]);
  const range = useMemo(() => ({ from: endMs - state.rangeS * 1000, to: endMs }), [endMs, state.rangeS]);
  const zoom = (next: Range) =>
    onChange({ endMs: next.to, rangeS: Math.max(5, Math.round((next.to - next.from) / 1000)) });
  const out = () => {
    const wide = zoomOut(range);
    const end = Math.min(wide.to, Date.now());
    onChange({ endMs: wide.to >= Date.now() ? null : end, rangeS: Math.round((wide.to - wide.from) / 1000) });
  };
  if (all.length === 0) return null;
  return (
    <div className={`card ${styles.graph}`}>
      <div className={styles.chart}>
        <TimeseriesPanel
          panel={panel}
          expanded={{
            key: 'explore',
            source: 'explore',
            row: null,
            title: 'Result',
            grid: panel.grid,
            text: '',
            queries: [],
          }}
          data={shown}
          range={range}
          theme={theme}
          zone={zone}
          syncKey={null}
          onZoom={zoom}
          onZoomOut={out}
        />
      </div>
    </div>
  );
}
