import { type MouseEvent, useState } from 'react';
import type { Legend } from '../../api/dashboards';
import { reducerTitle } from '../../frames/reduce';
import type { Zone } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import { type LegendRow, sortRows } from './legend';
import styles from './Timeseries.module.css';

export interface Props {
  rows: LegendRow[];
  legend: Legend;
  hidden: ReadonlySet<string>;
  zone: Zone;
  onPick: (key: string, toggle: boolean) => void;
}

export function LegendView(props: Props) {
  return props.legend.mode === 'table' ? <LegendTable {...props} /> : <LegendList {...props} />;
}

function Name({ row, hidden, onPick }: { row: LegendRow } & Pick<Props, 'hidden' | 'onPick'>) {
  const pick = (event: MouseEvent) => onPick(row.plan.key, event.ctrlKey || event.metaKey);
  return (
    <button
      type="button"
      className={styles.name}
      aria-pressed={!hidden.has(row.plan.key)}
      title={`${row.plan.name}\nClick to show only this; Ctrl or ⌘ click to hide or show it`}
      onClick={pick}
      data-testid="legend-item"
    >
      <span className={styles.swatch} style={{ background: row.plan.color }} />
      <span className="ellipsis">{row.plan.name}</span>
    </button>
  );
}

function valueText(row: LegendRow, column: number, zone: Zone): string {
  const value = row.values[column] ?? null;
  const { unit, decimals } = row.plan.config;
  return value === null ? '–' : formatValue(value, unit, decimals, zone);
}

function LegendList({ rows, legend, hidden, zone, onPick }: Props) {
  return (
    <ul className={styles.list} data-placement={legend.placement}>
      {rows.map((row) => (
        <li key={row.plan.key}>
          <Name row={row} hidden={hidden} onPick={onPick} />
          {legend.calcs.map((calc, i) => (
            <span key={calc} className={styles.calc}>
              {reducerTitle(calc)}: {valueText(row, i, zone)}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function LegendTable({ rows, legend, hidden, zone, onPick }: Props) {
  const [sort, setSort] = useState<{ column: number; desc: boolean } | null>(null);
  const shown = sort ? sortRows(rows, sort.column, sort.desc) : rows;
  const turn = (column: number) =>
    setSort((old) =>
      old?.column !== column
        ? { column, desc: column >= 0 }
        : old.desc === column >= 0
          ? { column, desc: !old.desc }
          : null,
    );
  const ariaSort = (column: number) =>
    sort?.column === column ? (sort.desc ? 'descending' : 'ascending') : undefined;
  return (
    <table className={styles.table} data-placement={legend.placement}>
      <thead>
        <tr>
          <th aria-sort={ariaSort(-1)}>
            <button type="button" onClick={() => turn(-1)}>
              Name
            </button>
          </th>
          {legend.calcs.map((calc, i) => (
            <th key={calc} aria-sort={ariaSort(i)}>
              <button type="button" onClick={() => turn(i)}>
                {reducerTitle(calc)}
              </button>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((row) => (
          <tr key={row.plan.key} data-hidden={hidden.has(row.plan.key)}>
            <td>
              <Name row={row} hidden={hidden} onPick={onPick} />
            </td>
            {legend.calcs.map((calc, i) => (
              <td key={calc}>{valueText(row, i, zone)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
