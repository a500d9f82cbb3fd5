import { useRef } from 'react';
import type { GaugeOptions } from '../../api/dashboards';
import { useSize } from '../../components/useSize';
import { resolveColor, type Theme } from '../../lib/color';
import type { Zone } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import type { PanelProps } from '../panelProps';
import { type SingleValue, singleValues } from '../singleValues';
import { divide } from '../stat/layout';
import { arc, segments } from './arc';
import styles from './Gauge.module.css';

export function GaugePanel({ panel, data, theme, zone }: PanelProps<'gauge'>) {
  const host = useRef<HTMLDivElement>(null);
  const size = useSize(host);
  const values = singleValues(panel, panel.options.reduce, data, theme, zone);
  const { columns, rows } = divide(values.length, size.width, size.height, panel.options.orientation);
  const grid = {
    gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
    gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))`,
  };
  return (
    <div ref={host} className={styles.grid} style={grid}>
      {values.map((value, i) => (
        <Gauge
          key={i}
          value={value}
          options={panel.options}
          named={values.length > 1}
          theme={theme}
          zone={zone}
        />
      ))}
    </div>
  );
}

interface GaugeProps {
  value: SingleValue;
  options: GaugeOptions;
  named: boolean;
  theme: Theme;
  zone: Zone;
}

const RADIUS = 70;

function Gauge({ value, options, named, theme, zone }: GaugeProps) {
  const { shown, config } = value;
  // Without a configured end, a scale from 0 to the highest threshold (or 100) says more than one that always is full.
  const highest = config.thresholds.mode === 'absolute' ? (config.thresholds.steps.at(-1)?.value ?? 0) : 0;
  const min = config.min ?? Math.min(0, value.value ?? 0);
  const max = config.max ?? Math.max(highest > 0 ? highest * 1.1 : 100, value.value ?? 0);
  const share =
    value.value === null || max <= min ? 0 : Math.min(1, Math.max(0, (value.value - min) / (max - min)));
  const parts = segments(config.thresholds.steps, config.thresholds.mode === 'percentage', min, max);
  const px = Math.min(34, 170 / Math.max(4, shown.full.length));
  return (
    <div className={styles.gauge}>
      <svg viewBox="0 0 200 148" role="img" aria-label={`${value.name || 'Value'}: ${shown.full}`}>
        <path d={arc(100, 88, RADIUS, 0, 1)} className={styles.track} />
        {share > 0 ? (
          <path
            d={arc(100, 88, RADIUS, 0, share)}
            className={styles.fill}
            stroke={shown.color ?? undefined}
          />
        ) : null}
        {options.showThresholdMarkers
          ? parts.map((part, i) => (
              <path
                key={i}
                d={arc(100, 88, RADIUS + 13, part.from + 0.002, part.to - 0.002)}
                className={styles.marker}
                stroke={resolveColor(part.color, theme)}
              />
            ))
          : null}
        {options.showThresholdLabels
          ? parts
              .filter((part) => part.value !== null && part.from > 0)
              .map((part, i) => (
                <ThresholdLabel
                  key={i}
                  at={part.from}
                  text={formatValue(part.value ?? 0, config.unit, config.decimals, zone)}
                />
              ))
          : null}
        <text
          x="100"
          y="98"
          className={styles.value}
          fontSize={px}
          fill={shown.color ?? undefined}
          data-testid="gauge-value"
          data-value={value.value ?? ''}
          data-name={value.name}
          data-ref={value.frame.refId}
        >
          {shown.full}
        </text>
      </svg>
      {named ? <div className={`${styles.name} ellipsis`}>{value.name}</div> : null}
    </div>
  );
}

function ThresholdLabel({ at, text }: { at: number; text: string }) {
  const angle = ((150 + at * 240) * Math.PI) / 180;
  const x = 100 + 96 * Math.cos(angle);
  const y = 88 + 92 * Math.sin(angle);
  return (
    <text x={x} y={y} className={styles.label} textAnchor={x < 90 ? 'end' : x > 110 ? 'start' : 'middle'}>
      {text}
    </text>
  );
}
