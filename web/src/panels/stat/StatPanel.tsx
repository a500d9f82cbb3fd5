import { useRef } from 'react';
import type { StatOptions } from '../../api/dashboards';
import { useSize } from '../../components/useSize';
import { textOn, withAlpha } from '../../lib/color';
import type { PanelProps } from '../panelProps';
import { type SingleValue, singleValues } from '../singleValues';
import { divide, fitText } from './layout';
import styles from './Stat.module.css';
import { sparkline } from './sparkline';

export function StatPanel({ panel, data, theme, zone }: PanelProps<'stat'>) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const values = singleValues(panel, panel.options.reduce, data, theme, zone);
  const { columns, rows } = divide(values.length, size.width, size.height, panel.options.orientation);
  const cell = { width: size.width / columns - 8, height: size.height / rows - 4 };
  const grid = {
    gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
    gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
  };
  return (
    <div ref={host} className={styles.grid} style={grid}>
      {size.width > 0
        ? values.map((value, i) => (
            <Stat key={i} value={value} options={panel.options} cell={cell} many={values.length > 1} />
          ))
        : null}
    </div>
  );
}

interface StatProps {
  value: SingleValue;
  options: StatOptions;
  cell: { width: number; height: number };
  many: boolean;
}

function Stat({ value, options, cell, many }: StatProps) {
  const { shown } = value;
  const color = shown.color ?? 'var(--text)';
  const onBackground = options.colorMode === 'background';
  const { name, number } = parts(options.textMode, many);
  const spark =
    options.graphMode === 'area'
      ? sparkline(
          value.frame.time,
          value.frame.values,
          Math.max(1, cell.width),
          Math.max(1, cell.height * 0.45),
        )
      : null;
  const textHeight = spark ? cell.height * 0.62 : cell.height;
  const px = fitText(shown.full.length, cell.width, name && number ? textHeight * 0.72 : textHeight, 56);
  const style = onBackground
    ? { background: color, color: textOn(color) }
    : { color: options.colorMode === 'none' ? 'var(--text)' : color };
  const ink = onBackground ? textOn(color) : color;
  return (
    <div
      className={styles.stat}
      data-justify={options.justify === 'center' || !many ? 'center' : 'auto'}
      style={style}
    >
      {spark ? (
        <svg
          className={styles.spark}
          viewBox={`0 0 ${cell.width} ${cell.height * 0.45}`}
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <path d={spark.area} fill={withAlpha(ink, 0.14)} />
          <path d={spark.line} fill="none" stroke={ink} strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
        </svg>
      ) : null}
      <div className={styles.text} style={{ height: textHeight }}>
        {name ? <div className={`${styles.name} ellipsis`}>{value.name}</div> : null}
        {number ? (
          <div
            className={styles.number}
            style={{ fontSize: px }}
            data-testid="stat-value"
            data-value={value.value ?? ''}
            data-name={value.name}
            data-ref={value.frame.refId}
          >
            {shown.prefix ? <span className={styles.unit}>{shown.prefix}</span> : null}
            {shown.text}
            {shown.suffix ? <span className={styles.unit}>{shown.suffix}</span> : null}
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** In `auto`, the name stands only where it tells values apart. */
function parts(mode: StatOptions['textMode'], many: boolean): { name: boolean; number: boolean } {
  switch (mode) {
    case 'value':
      return { name: false, number: true };
    case 'name':
      return { name: true, number: false };
    case 'none':
      return { name: false, number: false };
    case 'value_and_name':
      return { name: true, number: true };
    default:
      return { name: many, number: true };
  }
}
