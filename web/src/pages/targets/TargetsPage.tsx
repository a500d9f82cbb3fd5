import { useState } from 'react';
import type { PageProps } from '../../App';
import { type ActiveTarget, type Targets, useTargets } from '../../api/targets';
import { LabelList } from '../../components/LabelList';
import { Loadable } from '../../components/Loadable';
import { Message } from '../../components/Message';
import { useNow } from '../../components/useNow';
import { useTitle } from '../../components/useTitle';
import { formatAgo, formatSpan } from '../../lib/time';
import { Dropped } from './Dropped';
import { MonitorTable } from './MonitorTable';
import { type Health, poolsOf } from './pools';
import styles from './Targets.module.css';

export function TargetsPage(_: PageProps) {
  useTitle('Targets');
  const targets = useTargets();
  return (
    <div className="page">
      <Loadable query={targets} what="targets">
        {(data) => <Pools data={data} />}
      </Loadable>
    </div>
  );
}

const HEALTHS: Health[] = ['all', 'up', 'down', 'unknown'];

function Pools({ data }: { data: Targets }) {
  const [health, setHealth] = useState<Health>('all');
  const [search, setSearch] = useState('');
  const now = useNow();
  const pools = poolsOf(data.activeTargets, health, search);
  const count = (h: Health) => data.activeTargets.filter((t) => h === 'all' || t.health === h).length;
  return (
    <>
      <header>
        <h1>Targets</h1>
        <span className="grow" />
        <div className="group" role="group" aria-label="Health">
          {HEALTHS.map((h) => (
            <button
              key={h}
              type="button"
              className={`btn ${styles.health}`}
              aria-pressed={health === h}
              onClick={() => setHealth(h)}
            >
              {h} <b>{count(h)}</b>
            </button>
          ))}
        </div>
        <input
          className="input"
          placeholder="Search addresses, labels, errors"
          aria-label="Search targets"
          value={search}
          onChange={(e) => setSearch(e.target.value)}
        />
      </header>
      {data.activeTargets.length === 0 ? (
        <Message
          kind="empty"
          title="Nothing is scraped."
          hint="scrape_configs in the configuration says what to scrape."
        />
      ) : null}
      {data.activeTargets.length > 0 && pools.length === 0 ? (
        <Message kind="empty" title="No target is like that." />
      ) : null}
      <MonitorTable />
      {pools.map((pool) => (
        <section key={pool.name} className={styles.pool} aria-label={`Pool ${pool.name}`}>
          <header className="row">
            <h2>{pool.name}</h2>
            <span className={`badge ${pool.up === pool.total ? 'ok' : 'bad'}`}>
              {pool.up} of {pool.total} up
            </span>
          </header>
          <div className="card">
            {pool.targets.map((target) => (
              <TargetView
                key={`${target.scrapeUrl} ${JSON.stringify(target.labels)}`}
                target={target}
                now={now}
              />
            ))}
          </div>
        </section>
      ))}
      <Dropped counts={data.droppedTargetCounts ?? {}} />
    </>
  );
}

function TargetView({ target, now }: { target: ActiveTarget; now: number }) {
  const last = Date.parse(target.lastScrape);
  const scraped = last > 0;
  const tone = target.health === 'up' ? 'ok' : target.health === 'down' ? 'bad' : '';
  return (
    <article className={styles.target} data-testid="target" data-health={target.health}>
      <span className={`badge ${tone} ${styles.state}`}>{target.health}</span>
      <div className={styles.main}>
        <a className="mono" href={target.scrapeUrl} rel="noreferrer">
          {target.scrapeUrl}
        </a>
        <LabelList labels={target.labels} />
        {target.lastError ? (
          <p className="bad small" data-testid="target-error">
            {target.lastError}
          </p>
        ) : null}
        <details className={styles.discovered}>
          <summary>Discovered labels</summary>
          <LabelList labels={target.discoveredLabels} />
        </details>
      </div>
      <div className={styles.times}>
        <span>{scraped ? formatAgo(last, now) : 'not yet scraped'}</span>
        <span className="muted small">
          {[
            scraped ? `took ${formatSpan(target.lastScrapeDuration * 1000)}` : '',
            target.scrapeInterval ? `every ${target.scrapeInterval}` : '',
          ]
            .filter(Boolean)
            .join(', ')}
        </span>
      </div>
    </article>
  );
}
