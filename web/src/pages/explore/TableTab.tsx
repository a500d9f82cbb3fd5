import { useState } from 'react';
import type { Labels, QueryData } from '../../api/query';
import { formatMetric } from '../../lib/labels';
import { useSettings } from '../../lib/settings';
import { formatDateTime } from '../../lib/time';
import styles from './Explore.module.css';

const PAGE = 500;

/** An instant result, value for value as the server wrote it. */
export function TableTab({ data }: { data: QueryData }) {
  const [limit, setLimit] = useState(PAGE);
  const { zone } = useSettings();
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return (
      <div className="card">
        <p className={styles.missing}>
          <span className="muted">
            {data.resultType} at {formatDateTime(data.result[0] * 1000, zone)}
          </span>{' '}
          <span className="mono">{data.result[1]}</span>
        </p>
      </div>
    );
  }
  const rows: { metric: Labels; text: string }[] = data.result.map((series) => ({
    metric: series.metric,
    text:
      'values' in series
        ? (series.values ?? []).map(([at, v]) => `${v} @${at}`).join('\n')
        : valueText(series),
  }));
  if (rows.length === 0) return null;
  return (
    <div className="card scroll-x">
      <table className="plain" data-testid="result-table">
        <thead>
          <tr>
            <th>Series</th>
            <th className="num">Value</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, limit).map((row) => (
            <tr key={JSON.stringify(row.metric)}>
              <td className={styles.series}>
                <Series labels={row.metric} />
              </td>
              <td className={`num mono ${styles.value}`}>{row.text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > limit ? (
        <button type="button" className={`btn ${styles.more}`} onClick={() => setLimit(limit + PAGE * 4)}>
          Show more ({rows.length - limit} series left)
        </button>
      ) : null}
    </div>
  );
}

function valueText(series: object): string {
  if ('value' in series) return String((series as { value: [number, string] }).value[1]);
  return 'histogram';
}

function Series({ labels }: { labels: Labels }) {
  const { __name__: name = '', ...rest } = labels;
  const text = formatMetric(labels);
  if (!name && Object.keys(rest).length === 0) return <span className="muted">{'{}'}</span>;
  const braces = text.startsWith(name) ? text.slice(name.length) : text;
  return (
    <code>
      {text.startsWith(name) ? <b>{name}</b> : null}
      <span className={styles.labels}>{braces}</span>
    </code>
  );
}
