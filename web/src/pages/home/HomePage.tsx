import type { PageProps } from '../../App';
import { type DashboardSummary, useDashboards } from '../../api/dashboards';
import { useRules } from '../../api/rules';
import { useWeirStatus } from '../../api/status';
import { Icon } from '../../components/Icon';
import { Loadable } from '../../components/Loadable';
import { Message } from '../../components/Message';
import { useNow } from '../../components/useNow';
import { useTitle } from '../../components/useTitle';
import { formatAgo } from '../../lib/time';
import { Link } from '../../router';
import { DemoBanner } from './DemoBanner';
import styles from './Home.module.css';
import { firingAlerts, folders } from './summary';
import { Tiles } from './Tiles';

export function HomePage(_: PageProps) {
  useTitle('Home');
  const dashboards = useDashboards();
  const weir = useWeirStatus();
  return (
    <div className="page">
      <h1 className="visually-hidden">Home</h1>
      {weir.data?.demo ? <DemoBanner hint={weir.data.demoHint} /> : null}
      <Tiles />
      <Loadable query={dashboards} what="dashboards">
        {(all) => <Folders all={all} />}
      </Loadable>
      <ActiveAlerts />
    </div>
  );
}

const MOST = 8;

function ActiveAlerts() {
  const { data } = useRules();
  const now = useNow(5000);
  const alerts = firingAlerts(data ?? []);
  if (alerts.length === 0) return null;
  return (
    <section aria-label="Active alerts" className={styles.section}>
      <h2>Active alerts</h2>
      <div className="card">
        {alerts.slice(0, MOST).map((alert) => (
          <Link key={JSON.stringify(alert.labels)} to="/alerts" className={styles.alert}>
            <span className={`badge ${alert.state === 'firing' ? 'bad' : 'warn'} ${styles.state}`}>
              {alert.state}
            </span>
            <span className={styles.alertName}>{alert.labels.alertname}</span>
            <span className={`muted ellipsis ${styles.alertText}`}>
              {alert.annotations.summary ?? Object.values(alert.annotations)[0] ?? ''}
            </span>
            <span className={`muted small ${styles.when}`}>
              {alert.activeAt ? formatAgo(Date.parse(alert.activeAt), now) : ''}
            </span>
          </Link>
        ))}
        {alerts.length > MOST ? (
          <Link to="/alerts" className={styles.alert}>
            and {alerts.length - MOST} more
          </Link>
        ) : null}
      </div>
    </section>
  );
}

function Folders({ all }: { all: DashboardSummary[] }) {
  if (all.length === 0) {
    const hint = 'dashboard_files in the configuration names Grafana’s JSON files.';
    return <Message kind="empty" title="There are no dashboards." hint={hint} />;
  }
  return folders(all).map(([folder, dashboards]) => (
    <section key={folder} aria-label={folder || 'Dashboards'} className={styles.section}>
      <h2>{folder || 'Dashboards'}</h2>
      <div className={styles.dashboards}>
        {dashboards.map((dashboard) => (
          <Link
            key={dashboard.uid}
            to={dashboard.url || `/d/${dashboard.uid}/${dashboard.slug}`}
            className={`card ${styles.dashboard}`}
            data-testid="dashboard-link"
          >
            <span>{dashboard.title}</span>
            <span className="row wrap">
              {dashboard.tags.map((tag) => (
                <span key={tag} className="badge">
                  {tag}
                </span>
              ))}
              <Icon name="chevronRight" />
            </span>
          </Link>
        ))}
      </div>
    </section>
  ));
}
