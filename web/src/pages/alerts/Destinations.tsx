import type { WeirStatus } from '../../api/status';
import { formatAgo } from '../../lib/time';
import styles from './Alerts.module.css';

export interface Props {
  weir: WeirStatus;
  now: number;
}

function managerUrl(manager: WeirStatus['alertmanagers'][number]): string {
  return typeof manager === 'string' ? manager : manager.url;
}

/** One line: where an alert that fires goes. */
export function destinationText(weir: WeirStatus): string {
  const all = [
    ...weir.webhooks.map((hook) => `webhook ${hook.name} (${hook.url})`),
    ...weir.alertmanagers.map((manager) => `Alertmanager ${managerUrl(manager)}`),
  ];
  return all.length > 0 ? all.join(', ') : 'nobody: no webhook and no Alertmanager is configured';
}

/** Webhooks and Alertmanagers, and what was sent last. */
export function Destinations({ weir, now }: Props) {
  const recent = weir.recentNotifications.slice(0, 8);
  const none = weir.webhooks.length === 0 && weir.alertmanagers.length === 0;
  return (
    <details className={`card ${styles.destinations}`}>
      <summary>
        <b>Where alerts go</b>
        <span className={none ? 'warn' : 'muted'}>{destinationText(weir)}</span>
      </summary>
      <div className={styles.ruleBody}>
        {weir.webhooks.map((hook) => (
          <div key={hook.name} className="row wrap">
            <span className={`badge ${hook.lastError ? 'bad' : hook.lastSuccess ? 'ok' : ''}`}>
              {hook.lastError ? 'fails' : hook.lastSuccess ? 'works' : 'not used yet'}
            </span>
            <span>{hook.name}</span>
            <code className="muted">{hook.url}</code>
            {hook.lastSuccess ? (
              <span className="muted">last sent {formatAgo(timeMs(hook.lastSuccess), now)}</span>
            ) : null}
            {hook.pending > 0 ? <span className="muted">{hook.pending} waiting</span> : null}
            {hook.lastError ? <span className="bad small">{hook.lastError}</span> : null}
          </div>
        ))}
        {recent.length > 0 ? (
          <Recent recent={recent} now={now} />
        ) : (
          <p className="muted small">Nothing was sent yet.</p>
        )}
      </div>
    </details>
  );
}

function Recent({ recent, now }: { recent: WeirStatus['recentNotifications']; now: number }) {
  return (
    <div className="scroll-x">
      <table className="plain">
        <thead>
          <tr>
            <th>Sent</th>
            <th>Receiver</th>
            <th>Status</th>
            <th>Alerts</th>
            <th>Error</th>
          </tr>
        </thead>
        <tbody>
          {recent.map((sent, i) => (
            <tr key={i}>
              <td>{formatAgo(timeMs(sent.time), now)}</td>
              <td>{sent.receiver}</td>
              <td>{sent.status}</td>
              <td>{Array.isArray(sent.alerts) ? sent.alerts.join(', ') : sent.alerts}</td>
              <td className="bad">{sent.error}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** RFC 3339, or milliseconds since the epoch. */
function timeMs(time: string | number): number {
  return typeof time === 'number' ? time : Date.parse(time);
}
