import { useState } from 'react';
import { Icon } from '../components/Icon';
import { Popover } from '../components/Popover';
import {
  formatDateTime,
  parseTime,
  QUICK_RANGES,
  type Range,
  type RawRange,
  rangeText,
  type Zone,
} from '../lib/time';
import styles from './Controls.module.css';

export interface Props {
  raw: RawRange;
  range: Range;
  zone: Zone;
  onChange: (range: RawRange) => void;
}

export function TimePicker({ raw, range, zone, onChange }: Props) {
  return (
    <Popover
      label={`Time range: ${rangeText(raw, zone)}`}
      button={
        <>
          <Icon name="clock" />
          <span data-testid="time-range">{rangeText(raw, zone)}</span>
          <Icon name="chevronDown" />
        </>
      }
    >
      {(close) => (
        <div className={styles.picker}>
          <Absolute
            raw={raw}
            range={range}
            zone={zone}
            onChange={(next) => {
              close();
              onChange(next);
            }}
          />
          <div className={styles.quick}>
            {QUICK_RANGES.map((quick) => (
              <button
                key={quick.text}
                type="button"
                aria-selected={quick.range.from === raw.from && quick.range.to === raw.to}
                role="option"
                onClick={() => {
                  close();
                  onChange(quick.range);
                }}
              >
                {quick.text}
              </button>
            ))}
          </div>
        </div>
      )}
    </Popover>
  );
}

function Absolute({ raw, range, zone, onChange }: Props) {
  const text = (end: string, ms: number) => (end.startsWith('now') ? end : formatDateTime(ms, zone));
  const [from, setFrom] = useState(text(raw.from, range.from));
  const [to, setTo] = useState(text(raw.to, range.to));
  const now = Date.now();
  const start = parseTime(from, now, zone);
  const end = parseTime(to, now, zone, true);
  const fault =
    start === null || end === null
      ? 'Write a date such as 2026-11-24 09:30:00, or now-6h.'
      : start >= end
        ? 'The start must come before the end.'
        : '';
  const plain = (input: string, ms: number | null) =>
    input.trim().startsWith('now') ? input.trim() : String(ms);
  return (
    <form
      className={styles.absolute}
      onSubmit={(event) => {
        event.preventDefault();
        if (!fault) onChange({ from: plain(from, start), to: plain(to, end) });
      }}
    >
      <label>
        From
        <input className="input" value={from} onChange={(e) => setFrom(e.target.value)} spellCheck={false} />
      </label>
      <label>
        To
        <input className="input" value={to} onChange={(e) => setTo(e.target.value)} spellCheck={false} />
      </label>
      <p className={styles.fault} role="status">
        {fault}
      </p>
      <button type="submit" className="btn primary" disabled={fault !== ''}>
        Apply range
      </button>
      <p className="muted small">Times are {zone === 'utc' ? 'UTC' : 'in your local time'}.</p>
    </form>
  );
}
