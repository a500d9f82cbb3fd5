import type { UseQueryResult } from '@tanstack/react-query';
import { type Answer, errorText } from '../../api/client';
import { useLiveness } from '../../api/liveness';
import type { QueryData } from '../../api/query';
import { formatAgo } from '../../lib/time';
import styles from './Explore.module.css';

export interface Props {
  result: UseQueryResult<Answer<QueryData> & { tookMs: number }, Error>;
  expr: string;
}

/** Errors, warnings, how much came and how long it took; for an empty result, why. */
export function Outcome({ result, expr }: Props) {
  const { data, error } = result;
  if (error) {
    return (
      <div className={styles.error} role="alert">
        {errorText(error)}
      </div>
    );
  }
  if (!data || expr === '') return null;
  const count =
    Array.isArray(data.data.result) && data.data.resultType !== 'scalar' ? data.data.result.length : 1;
  return (
    <div className={styles.outcome}>
      {[...data.warnings, ...data.infos].map((text) => (
        <div key={text} className={styles.warning}>
          {text}
        </div>
      ))}
      <span className="muted small" role="status" data-testid="outcome">
        {count} series in {Math.round(data.tookMs)} ms
      </span>
      {count === 0 ? <Missing expr={expr} /> : null}
    </div>
  );
}

function Missing({ expr }: { expr: string }) {
  const { data } = useLiveness([expr], true);
  const missing = (data ?? []).filter((s) => !s.matchesNow);
  if (missing.length === 0) return <p>The result is empty.</p>;
  return (
    <div className="card">
      {missing.map((s) => (
        <p key={`${s.start}`} className={styles.missing}>
          <code>{s.selector}</code> matches no series now
          {s.lastMatched === null ? '' : ` (it did ${formatAgo(s.lastMatched, Date.now())})`}
          {s.suggestion ? <span className="muted">; {s.suggestion}</span> : null}
        </p>
      ))}
    </div>
  );
}
