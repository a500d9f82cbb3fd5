import type { KeyboardEvent } from 'react';
import styles from './Tabs.module.css';

export interface Props<T extends string> {
  label: string;
  tabs: { id: T; text: string }[];
  current: T;
  onChange: (id: T) => void;
}

export function Tabs<T extends string>({ label, tabs, current, onChange }: Props<T>) {
  const step = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs[tabs.findIndex((tab) => tab.id === current) + by];
    if (by !== 0 && next) onChange(next.id);
  };
  return (
    <div className={styles.tabs} role="tablist" aria-label={label} onKeyDown={step}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          aria-selected={tab.id === current}
          tabIndex={tab.id === current ? 0 : -1}
          onClick={() => onChange(tab.id)}
        >
          {tab.text}
        </button>
      ))}
    </div>
  );
}
