import { Icon } from '../components/Icon';
import styles from './Dashboard.module.css';

/** What of the dashboard could not be honoured. */
export function Notes({ notes }: { notes: string[] }) {
  if (notes.length === 0) return null;
  return (
    <details className={styles.notes}>
      <summary>
        <Icon name="info" />
        {notes.length === 1 ? '1 note on this dashboard' : `${notes.length} notes on this dashboard`}
      </summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </details>
  );
}
