import { type Monitored, type Monitors, useMonitors } from '../../api/targets';
import { formatAgo } from '../../lib/time';
import styles from './Targets.module.css';

const TONE = { accepted: 'ok', refused: 'bad', 'not selected': '' } as const;
const RANK = { refused: 0, accepted: 1, 'not selected': 2 } as const;

/** What became of each object of the cluster; nothing where no cluster is read. */
export function MonitorTable() {
  const { data } = useMonitors();
  if (!data || (data.objects.length === 0 && !data.failure && !data.notes?.length)) return null;
  const old = age(data);
  const rows = [...data.objects].sort((a, b) => rank(a) - rank(b));
  return (
    <section className={styles.pool} aria-label="Objects of the cluster">
      <header className="row">
        <h2>Objects of the cluster</h2>
        <span className="muted small">{says(data)}</span>
      </header>
      {old ? <p className={old.isOld ? 'bad' : 'muted small'}>{old.text}</p> : null}
      {data.failure ? <p className="bad">{data.failure}</p> : null}
      {(data.notes ?? []).map((note) => (
        <p key={note} className="small">
          {note}
        </p>
      ))}
      <div className={`card ${styles.scroll}`}>
        <table className={styles.objects} data-testid="monitors">
          <thead>
            <tr>
              <th>Object</th>
              <th>Answer</th>
              <th>Targets</th>
              <th>Why</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Row key={`${row.kind} ${row.namespace} ${row.name}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ row }: { row: Monitored }) {
  const unknown = row.unknown.map((field) => `${field} is not honored`);
  const words = [row.reason, row.why, ...unknown].filter((text) => text !== '');
  return (
    <tr data-outcome={row.outcome}>
      <td>
        <span className="muted small">{row.kind}</span>
        <br />
        {row.namespace}/{row.name}
      </td>
      <td>
        <span className={`badge ${TONE[row.outcome]}`}>{row.outcome}</span>
      </td>
      <td>
        {row.kind === 'PrometheusRule' || row.outcome !== 'accepted' ? '' : `${row.up} of ${row.targets} up`}
      </td>
      <td>{words.join('; ')}</td>
    </tr>
  );
}

/** Trouble first. */
function rank(row: Monitored): number {
  return row.why ? 0.5 : RANK[row.outcome];
}

/** A quiet watch is heard of every minute; after more than two the view may be old. */
const OLD_SECONDS = 130;

/** How old the view of the cluster is, by what was not heard of for the longest time. */
function age(data: Monitors): { text: string; isOld: boolean } | undefined {
  const ages = Object.entries(data.age ?? {}).sort(([, a], [, b]) => b - a);
  const [oldest] = ages;
  if (!oldest) return undefined;
  const since = (seconds: number) => formatAgo(-seconds * 1000, 0);
  const quiet = ages.filter(([, seconds]) => seconds > OLD_SECONDS);
  if (quiet.length === 0) {
    return {
      text: `The API server was last heard of ${since(ages[ages.length - 1]?.[1] ?? 0)}.`,
      isOld: false,
    };
  }
  const names = quiet.map(([resource, seconds]) => `${resource} (${since(seconds)})`).join(', ');
  return {
    text: `The view of the cluster is old: the API server said nothing of ${names}. What is known stays.`,
    isOld: true,
  };
}

function says(data: Monitors): string {
  return data.prometheus ? `as Prometheus ${data.prometheus} selects them` : 'all are selected';
}
