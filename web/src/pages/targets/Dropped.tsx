import { useState } from 'react';
import { useDropped } from '../../api/targets';
import { LabelList } from '../../components/LabelList';
import styles from './Targets.module.css';

export interface Props {
  counts: Record<string, number>;
}

const MOST = 100;

/** What relabeling dropped, with what was discovered. */
export function Dropped({ counts }: Props) {
  const [isOpen, setOpen] = useState(false);
  const { data: dropped = [], isLoading } = useDropped(isOpen);
  const total = Object.values(counts).reduce((a, b) => a + b, 0);
  if (total === 0) return null;
  return (
    <details
      className={`card ${styles.dropped}`}
      onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}
    >
      <summary>
        <b>Dropped by relabeling</b> <span className="muted">{total}</span>
      </summary>
      {isLoading ? <p className="muted small">Loading …</p> : null}
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
      {isOpen && total > MOST ? <p className="muted small">and {total - MOST} more</p> : null}
    </details>
  );
}
