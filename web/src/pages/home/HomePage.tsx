import type { PageProps } from '../../App';
import { type DashboardSummary, useDashboards } from '../../api/dashboards';
import { type RuleGroup, useRules } from '../../api/rules';
import { useWeirStatus } from '../../api/status';
import { useTargets } from '../../api/targets';
import { Icon } from '../../components/Icon';
import { Loadable } from '../../components/Loadable';
import { Message } from '../../components/Message';
import { useNow } from '../../components/useNow';
import { useTitle } from '../../components/useTitle';
import { formatAgo } from '../../lib/time';
import { Link } from '../../router';
import { DemoBanner } from './DemoBanner';
import styles from './Home.module.css';
import { firingAlerts, folders, summarizeRules } from './summary';

export function HomePage(_: PageProps) {
  useTitle('Home');
  const dashboards = useDashboards();
  const weir = useWeirStatus();
  return (
    <div className="page">
      {weir.data?.demo ? <DemoBanner hint={weir.data.demoHint} /> : null}
      <div className={styles.tiles}>
        <AlertTile />
        <DeadTile />
        <TargetTile />
      </div>
      <Firing />
      <Loadable query={dashboards} what="dashboards">
        {(all) => <Folders all={all} />}
      </Loadable>
    </div>
  );
}

function Tile({
  to,
  title,
  value,
  note,
  tone,
}: {
  to: string;
  title: string;
  value: string;
  note: string;
  tone: string;
}) {
  return (
    <Link to={to} className={`card ${styles.tile}`}>
      <span className="muted">{title}</span>
      <span className={`${styles.value} ${tone}`}>{value}</span>
      <span className="muted small">{note}</span>
    </Link>
  );
}

function AlertTile() {
  const { data } = useRules();
  const sum = data ? summarizeRules(data) : null;
  const note = sum ? `${sum.pending} pending, ${sum.alerting} alerting rules` : 'reading';
  return (
    <Tile
      to="/alerts"
      title="Firing alerts"
      value={sum ? String(sum.firing) : '–'}
      note={note}
      tone={sum?.firing ? 'bad' : ''}
    />
  );
}

function DeadTile() {
  const { data } = useRules();
  const sum = data ? summarizeRules(data) : null;
  const note = sum?.dead ? 'a selector of theirs matches nothing' : 'every rule sees the series it asks for';
  return (
    <Tile
      to="/alerts"
      title="Dead rules"
      value={sum ? String(sum.dead) : '–'}
      note={note}
      tone={sum?.dead ? 'bad' : ''}
    />
  );
}

function TargetTile() {
  const { data } = useTargets();
  const total = data?.activeTargets.length ?? 0;
  const up = data?.activeTargets.filter((t) => t.health === 'up').length ?? 0;
  const down = data?.activeTargets.filter((t) => t.health === 'down').length ?? 0;
  const note = down > 0 ? `${down} down` : total > up ? `${total - up} not yet scraped` : 'all are scraped';
  return (
    <Tile
      to="/targets"
      title="Targets up"
      value={data ? `${up} of ${total}` : '–'}
      note={data ? note : 'reading'}
      tone={down > 0 ? 'bad' : ''}
    />
  );
}

function Firing() {
  const { data } = useRules();
  const now = useNow(5000);
  const alerts = firingAlerts((data ?? []) as RuleGroup[]);
  if (alerts.length === 0) return null;
  return (
    <section aria-label="Active alerts" className={styles.section}>
      <h2>Active alerts</h2>
      <div className="card">
        {alerts.slice(0, 8).map((alert) => (
          <Link key={JSON.stringify(alert.labels)} to="/alerts" className={styles.alert}>
            <span className={`badge ${alert.state === 'firing' ? 'bad' : 'warn'} ${styles.state}`}>
              {alert.state}
            </span>
            <span className={styles.alertName}>{alert.labels.alertname}</span>
            <span className={`muted ellipsis ${styles.alertText}`}>
              {Object.values(alert.annotations)[0] ?? ''}
            </span>
            <span className={`muted small ${styles.when}`}>
              {alert.activeAt ? formatAgo(Date.parse(alert.activeAt), now) : ''}
            </span>
          </Link>
        ))}
      </div>
    </section>
  );
}

function Folders({ all }: { all: DashboardSummary[] }) {
  if (all.length === 0) {
    return (
      <Message
        kind="empty"
        title="There are no dashboards."
        hint="Put Grafana's JSON files into a folder that the configuration names."
      />
    );
  }
  return (
    <>
      {folders(all).map(([folder, dashboards]) => (
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
      ))}
    </>
  );
}
