import { useEffect, useState } from 'react';
import { Icon } from '../../components/Icon';
import { useSettings } from '../../lib/settings';
import { formatDateTime, parseDuration, parseTime } from '../../lib/time';
import { type ExploreState, writeSpan } from '../../lib/url';
import styles from './Explore.module.css';

export interface Props {
  state: ExploreState;
  onChange: (part: Partial<ExploreState>) => void;
}

const SPANS = [
  60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_419_200,
];

/** The width of the graph and the time that it, or the table, ends at. */
export function RangeControls({ state, onChange }: Props) {
  const narrower = [...SPANS].reverse().find((s) => s < state.rangeS);
  const wider = SPANS.find((s) => s > state.rangeS);
  const graph = state.tab === 'graph';
  return (
    <div className={styles.controls}>
      {graph ? (
        <div className="group">
          <button
            type="button"
            className="btn icon"
            aria-label="Narrower"
            disabled={!narrower}
            onClick={() => onChange({ rangeS: narrower ?? 60 })}
          >
            −
          </button>
          <SpanInput value={state.rangeS} onChange={(rangeS) => onChange({ rangeS })} />
          <button
            type="button"
            className="btn icon"
            aria-label="Wider"
            disabled={!wider}
            onClick={() => onChange({ rangeS: wider ?? 3600 })}
          >
            +
          </button>
        </div>
      ) : null}
      <EndInput value={state.endMs} onChange={(endMs) => onChange({ endMs })} />
      {graph ? (
        <button
          type="button"
          className="btn"
          aria-pressed={state.stacked}
          onClick={() => onChange({ stacked: !state.stacked })}
        >
          {state.stacked ? <Icon name="check" /> : null} Stacked
        </button>
      ) : null}
    </div>
  );
}

function SpanInput({ value, onChange }: { value: number; onChange: (seconds: number) => void }) {
  const [text, setText] = useState(writeSpan(value));
  useEffect(() => setText(writeSpan(value)), [value]);
  const apply = () => {
    const ms = parseDuration(text);
    if (ms >= 1000) onChange(Math.round(ms / 1000));
    else setText(writeSpan(value));
  };
  return (
    <input
      className={`input btn ${styles.span}`}
      aria-label="Range"
      value={text}
      onChange={(e) => setText(e.target.value)}
      onBlur={() => parseDuration(text) / 1000 !== value && apply()}
      onKeyDown={(e) => e.key === 'Enter' && apply()}
    />
  );
}

function EndInput({ value, onChange }: { value: number | null; onChange: (ms: number | null) => void }) {
  const { zone } = useSettings();
  const shown = value === null ? '' : formatDateTime(value, zone);
  const [text, setText] = useState(shown);
  useEffect(() => setText(shown), [shown]);
  const apply = () => {
    if (text === shown) return;
    const ms = text.trim() ? parseTime(text.trim(), Date.now(), zone) : null;
    if (ms === null && text.trim()) setText(shown);
    else onChange(ms);
  };
  return (
    <div className={styles.end}>
      <input
        className="input"
        aria-label="End time"
        placeholder="now"
        value={text}
        onChange={(e) => setText(e.target.value)}
        onBlur={apply}
        onKeyDown={(e) => e.key === 'Enter' && apply()}
      />
      {value !== null ? (
        <button
          type="button"
          className="btn quiet icon"
          aria-label="Back to now"
          title="Back to now"
          onClick={() => onChange(null)}
        >
          <Icon name="close" />
        </button>
      ) : null}
    </div>
  );
}
