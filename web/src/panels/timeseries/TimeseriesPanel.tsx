import { useMemo, useRef, useState } from 'react';
import 'uplot/dist/uPlot.min.css';
import { useSize } from '../../components/useSize';
import type { PanelProps } from '../panelProps';
import { buildPlot, planSeries } from './draw';
import { LegendView } from './LegendView';
import { clickLegend, legendRows } from './legend';
import styles from './Timeseries.module.css';
import { Tooltip } from './Tooltip';
import { type Hover, usePlot } from './usePlot';

const NONE: ReadonlySet<string> = new Set();
/** More lines tell nobody anything, and slow every browser. */
const MAX_SERIES = 300;

export function TimeseriesPanel(props: PanelProps<'timeseries'>) {
  const { panel, data, range, theme, zone, syncKey, onZoom, onZoomOut } = props;
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const [hidden, setHidden] = useState(NONE);
  const [hover, setHover] = useState<Hover | null>(null);
  const input = useMemo(
    () => ({
      frames: data.frames.slice(0, MAX_SERIES),
      field: panel.field,
      overrides: panel.overrides,
      theme,
      zone,
    }),
    [data.frames, panel.field, panel.overrides, theme, zone],
  );
  const { time, plans } = useMemo(() => planSeries(input), [input]);
  const plot = useMemo(
    () => buildPlot(time, plans, hidden, input, syncKey),
    [time, plans, hidden, input, syncKey],
  );
  usePlot(host, plot, size, range, { onHover: setHover, onZoom, onZoomOut });
  const { legend, tooltip } = panel.options;
  const rows = useMemo(() => legendRows(plans, legend), [plans, legend]);
  const keys = plans.map((plan) => plan.key);
  const pick = (key: string, toggle: boolean) => setHidden((old) => clickLegend(old, keys, key, toggle));
  const label = `${props.expanded.title || 'Chart'}: ${plans.length} series`;
  return (
    <div className={styles.panel} data-placement={legend.placement} data-testid="timeseries">
      {data.frames.length > MAX_SERIES ? (
        <p className={styles.cut}>
          Only {MAX_SERIES} of {data.frames.length} series are drawn.
        </p>
      ) : null}
      <div
        ref={host}
        className={styles.plot}
        role="img"
        aria-label={label}
        onMouseLeave={() => setHover(null)}
      />
      {legend.show && rows.length > 0 ? (
        <div className={styles.legend} data-mode={legend.mode}>
          <LegendView rows={rows} legend={legend} hidden={hidden} zone={zone} onPick={pick} />
        </div>
      ) : null}
      {hover ? (
        <Tooltip hover={hover} time={time} plans={plans} hidden={hidden} options={tooltip} zone={zone} />
      ) : null}
    </div>
  );
}
