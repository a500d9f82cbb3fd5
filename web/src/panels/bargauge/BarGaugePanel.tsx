import type { BarGaugeOptions } from '../../api/dashboards';
import { resolveColor, type Theme, withAlpha } from '../../lib/color';
import type { PanelProps } from '../panelProps';
import { type SingleValue, singleValues } from '../singleValues';
import styles from './BarGauge.module.css';
import { gradient, litCells } from './bars';

export function BarGaugePanel({ panel, data, theme, zone }: PanelProps<'bargauge'>) {
  const values = singleValues(panel, panel.options.reduce, data, theme, zone);
  const vertical = panel.options.orientation === 'vertical';
  const widest = Math.max(3, ...values.map((v) => v.shown.full.length));
  return (
    <div className={vertical ? styles.columns : styles.rows} data-few={values.length < 8}>
      {values.map((value, i) => (
        <Bar
          key={i}
          value={value}
          options={panel.options}
          theme={theme}
          valueWidth={`${widest + 1}ch`}
          vertical={vertical}
        />
      ))}
    </div>
  );
}

interface BarProps {
  value: SingleValue;
  options: BarGaugeOptions;
  theme: Theme;
  valueWidth: string;
  vertical: boolean;
}

const CELLS = 40;

function Bar({ value, options, theme, valueWidth, vertical }: BarProps) {
  const { shown, config, bounds } = value;
  const color = shown.color ?? resolveColor('green', theme);
  const length = `${(shown.percent * 100).toFixed(2)}%`;
  const side = vertical ? 'height' : 'width';
  const textColor = options.valueMode === 'text' ? 'var(--text)' : color;
  return (
    <div className={vertical ? styles.column : styles.bar}>
      <div className={`${styles.name} ellipsis`} title={value.name}>
        {value.name}
      </div>
      <div className={styles.track} style={options.showUnfilled ? { background: 'var(--hover)' } : undefined}>
        {options.displayMode === 'lcd' ? (
          <div className={styles.lcd} data-vertical={vertical}>
            {litCells(CELLS, shown.percent).map((lit, i) => (
              <i
                key={i}
                style={{ background: lit ? color : withAlpha(color, options.showUnfilled ? 0.15 : 0) }}
              />
            ))}
          </div>
        ) : (
          <div
            className={styles.fill}
            data-vertical={vertical}
            style={{
              [side]: length,
              background:
                options.displayMode === 'gradient'
                  ? gradient(
                      config.thresholds,
                      bounds,
                      shown.percent,
                      (name) => resolveColor(name, theme),
                      vertical,
                    )
                  : withAlpha(color, 0.75),
              [vertical ? 'borderTopColor' : 'borderRightColor']: color,
            }}
          />
        )}
      </div>
      <div
        className={options.valueMode === 'hidden' ? 'visually-hidden' : styles.value}
        style={{ color: textColor, minWidth: vertical ? undefined : valueWidth }}
        data-testid="bargauge-value"
        data-value={value.value ?? ''}
        data-name={value.name}
        data-ref={value.frame.refId}
      >
        {shown.full}
      </div>
    </div>
  );
}
