import type { Labels } from '../api/query';
import styles from './LabelList.module.css';

export interface Props {
  labels: Labels;
  omit?: string[];
}

/** Labels as small tags, sorted. */
export function LabelList({ labels, omit = [] }: Props) {
  const entries = Object.entries(labels)
    .filter(([name]) => !omit.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <span className={styles.list}>
      {entries.map(([name, value]) => (
        <span key={name} className={styles.label} title={`${name}="${value}"`}>
          <span className={styles.name}>{name}</span>
          {value}
        </span>
      ))}
    </span>
  );
}
