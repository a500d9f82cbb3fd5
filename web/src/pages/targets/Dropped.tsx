import type { Targets } from '../../api/targets';
import { LabelList } from '../../components/LabelList';
import styles from './Targets.module.css';

export interface Props {
  dropped: Targets['droppedTargets'];
  counts: Record<string, number>;
}

const MOST = 100;

/** What relabeling dropped, with what was discovered. */
export function Dropped({ dropped, counts }: Props) {
  const total = Math.max(
    dropped.length,
    Object.values(counts).reduce((a, b) => a + b, 0),
  );
  if (total === 0) return null;
  return (
    <details className={`card ${styles.dropped}`}>
      <summary>
        <b>Dropped by relabeling</b> <span className="muted">{total}</span>
      </summary>
      {dropped.slice(0, MOST).map((target, i) => (
        <div key={i} className={styles.target}>
          <span className={`badge ${styles.state}`}>
            {target.scrapePool ?? target.discoveredLabels.job ?? 'dropped'}
          </span>
          <div className={styles.main}>
            <LabelList labels={target.discoveredLabels} />
          </div>
        </div>
      ))}
      {dropped.length > MOST ? <p className="muted small">and {dropped.length - MOST} more</p> : null}
    </details>
  );
}
