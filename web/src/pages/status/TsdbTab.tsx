import { type TsdbStat, useTsdbStatus } from '../../api/status';
import { Loadable } from '../../components/Loadable';
import { useSettings } from '../../lib/settings';
import { formatDateTime } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import styles from './Status.module.css';

const count = (value: number | undefined) => value?.toLocaleString('en-US') ?? '';
const bytes = (value: number) => formatValue(value, 'bytes');

export function TsdbTab() {
  const query = useTsdbStatus();
  const { zone } = useSettings();
  return (
    <Loadable query={query} what="statistics">
      {(tsdb) => {
        const { headStats: head, totalSeries } = tsdb;
        const day = (time: number | undefined) =>
          time === undefined ? undefined : formatDateTime(time, zone);
        return (
          <>
            <div className={styles.numbers}>
              <Fact name="Series" value={count(head?.numSeries ?? totalSeries)} />
              <Fact name="Label pairs" value={count(head?.numLabelPairs)} />
              <Fact name="Chunks" value={count(head?.chunkCount)} />
              <Fact name="Oldest sample" value={day(head?.minTime)} />
              <Fact name="Newest sample" value={day(head?.maxTime)} />
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

/** Nothing where the server does not tell. */
function Fact({ name, value }: { name: string; value: string | undefined }) {
  if (value === undefined || value === '') return null;
  return (
    <div className="card">
      <div className="muted small">{name}</div>
      <div className={styles.number}>{value}</div>
    </div>
  );
}

interface StatsProps {
  title: string;
  rows: TsdbStat[] | undefined;
  show: (value: number) => string;
}

function Stats({ title, rows, show }: StatsProps) {
  if (!rows) return null;
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
