import type { ReactNode } from 'react';
import styles from './Message.module.css';

export interface Props {
  kind: 'loading' | 'empty' | 'failed';
  title: string;
  hint?: ReactNode;
  children?: ReactNode;
}

/** What stands where data would: loading, empty or failed, and what can be done about it. */
export function Message({ kind, title, hint, children }: Props) {
  return (
    <div className={styles.message} data-kind={kind} role={kind === 'failed' ? 'alert' : 'status'}>
      {kind === 'loading' ? <span className={styles.bar} aria-hidden="true" /> : null}
      <div className={kind === 'loading' ? styles.quiet : styles.title}>{title}</div>
      {hint ? <div className={styles.hint}>{hint}</div> : null}
      {children}
    </div>
  );
}
