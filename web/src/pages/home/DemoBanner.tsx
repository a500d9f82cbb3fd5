import styles from './Home.module.css';

/** Says plainly that these numbers are not the reader's own, and how to change that. */
export function DemoBanner({ hint }: { hint: string }) {
  return (
    <div className={styles.demo} role="note" data-testid="demo-banner">
      <span className="badge warn">demo</span>
      <span>{hint}</span>
    </div>
  );
}
