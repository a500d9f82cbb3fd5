import { useState } from 'react';
import { useMetrics } from '../../api/metrics';
import { Loadable } from '../../components/Loadable';
import { Popover } from '../../components/Popover';
import styles from './Explore.module.css';

export interface Props {
  onPick: (name: string) => void;
}

/** All metrics, to be searched and picked. */
export function MetricBrowser({ onPick }: Props) {
  return (
    <Popover label="Browse metrics" button="Metrics" buttonClass={`btn ${styles.browse}`}>
      {(close) => (
        <List
          onPick={(name) => {
            close();
            onPick(name);
          }}
        />
      )}
    </Popover>
  );
}

const MOST = 200;

function List({ onPick }: Props) {
  const [search, setSearch] = useState('');
  const metrics = useMetrics(true);
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (
    <div className={styles.metrics}>
      <input
        className="input"
        placeholder="Search names and help"
        aria-label="Search metrics"
        value={search}
        onChange={(e) => setSearch(e.target.value)}
      />
      <Loadable query={metrics} what="metrics">
        {(all) => {
          const found = all.filter((m) =>
            words.every((w) => `${m.name} ${m.help}`.toLowerCase().includes(w)),
          );
          return (
            <div className={styles.metricList}>
              {found.slice(0, MOST).map((metric) => (
                <button key={metric.name} type="button" onClick={() => onPick(metric.name)}>
                  <span className="row">
                    <code>{metric.name}</code>
                    <span className="grow" />
                    <span className="muted small">{metric.type}</span>
                  </span>
                  {metric.help ? <span className="muted small">{metric.help}</span> : null}
                </button>
              ))}
              <p className="muted small">
                {found.length > MOST
                  ? `${MOST} of ${found.length} metrics; search for the others.`
                  : `${found.length} metrics`}
              </p>
            </div>
          );
        }}
      </Loadable>
    </div>
  );
}
