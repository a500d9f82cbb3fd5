import { type TsdbStat, useTsdbStatus } from '../../api/status';
import { Loadable } from '../../components/Loadable';
import { useSettings } from '../../lib/settings';
import { formatDateTime } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import styles from './Status.module.css';

const count = (value: number) => value.toLocaleString('en-US');
const bytes = (value: number) => formatValue(value, 'bytes');

export function TsdbTab() {
  const query = useTsdbStatus();
  const { zone } = useSettings();
  return (
    <Loadable query={query} what="statistics">
      {(tsdb) => {
        const head = tsdb.headStats;
        return (
          <>
            <div className={styles.numbers}>
              <Fact name="Series" value={count(head.numSeries)} />
              <Fact name="Label pairs" value={count(head.numLabelPairs)} />
              <Fact name="Chunks" value={count(head.chunkCount)} />
              <Fact name="Oldest sample" value={formatDateTime(head.minTime, zone)} />
              <Fact name="Newest sample" value={formatDateTime(head.maxTime, zone)} />
            </div>
            <div className={styles.tables}>
              <Stats title="Metrics with most series" rows={tsdb.seriesCountByMetricName} show={count} />
              <Stats
                title="Label names with most values"
                rows={tsdb.labelValueCountByLabelName}
                show={count}
              />
              <Stats
                title="Label pairs with most series"
                rows={tsdb.seriesCountByLabelValuePair}
                show={count}
              />
              <Stats title="Label names with most memory" rows={tsdb.memoryInBytesByLabelName} show={bytes} />
            </div>
          </>
        );
      }}
    </Loadable>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className="card">
      <div className="muted small">{name}</div>
      <div className={styles.number}>{value || '–'}</div>
    </div>
  );
}

function Stats({ title, rows, show }: { title: string; rows: TsdbStat[]; show: (value: number) => string }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <div className="card">
        <table className="plain">
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <td className={`mono ${styles.wrap}`}>{row.name}</td>
                <td className="num">{show(row.value)}</td>
              </tr>
            ))}
            {rows.length === 0 ? (
              <tr>
                <td className="muted">None.</td>
              </tr>
            ) : null}
          </tbody>
        </table>
      </div>
    </section>
  );
}
