import { createPortal } from 'react-dom';
import type { TimeseriesOptions } from '../../api/dashboards';
import { mapValue } from '../../frames/display';
import { formatDateTime, type Zone } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import type { SeriesPlan } from './draw';
import styles from './Timeseries.module.css';
import type { Hover } from './usePlot';

export interface Props {
  hover: Hover;
  time: number[];
  plans: SeriesPlan[];
  hidden: ReadonlySet<string>;
  options: TimeseriesOptions['tooltip'];
  zone: Zone;
}

const MAX_ROWS = 16;

export function Tooltip({ hover, time, plans, hidden, options, zone }: Props) {
  const at = time[hover.index];
  if (at === undefined || options.mode === 'none') return null;
  const nearest = plans[hover.nearest];
  let rows = plans
    .filter((plan) => !hidden.has(plan.key) && !plan.config.custom.hideFrom.tooltip)
    .map((plan) => ({ plan, value: plan.raw[hover.index] ?? null }))
    .filter((row) => row.value !== null);
  if (options.mode === 'single') rows = rows.filter((row) => row.plan === nearest || rows.length === 1);
  if (options.sort !== 'none') {
    const sign = options.sort === 'desc' ? -1 : 1;
    rows.sort((a, b) => sign * ((a.value ?? 0) - (b.value ?? 0)));
  }
  if (rows.length === 0) return null;
  const right = hover.x > innerWidth - 340;
  const low = hover.y > innerHeight - 60 - Math.min(rows.length, MAX_ROWS) * 20;
  const style = {
    left: hover.x + (right ? -14 : 14),
    top: hover.y + (low ? -10 : 12),
    translate: `${right ? '-100%' : '0'} ${low ? '-100%' : '0'}`,
  };
  return createPortal(
    <div className={styles.tooltip} style={style} role="tooltip" data-testid="tooltip">
      <div className={styles.when}>{formatDateTime(at, zone)}</div>
      {rows.slice(0, MAX_ROWS).map(({ plan, value }) => (
        <div key={plan.key} className={styles.line} data-near={plan === nearest && rows.length > 1}>
          <span className={styles.swatch} style={{ background: plan.color }} />
          <span className="ellipsis">{plan.name}</span>
          <b>
            {mapValue(plan.config.mappings, value)?.text ||
              formatValue(value ?? 0, plan.config.unit, plan.config.decimals, zone)}
          </b>
        </div>
      ))}
      {rows.length > MAX_ROWS ? <div className="muted">and {rows.length - MAX_ROWS} more</div> : null}
    </div>,
    document.body,
  );
}
