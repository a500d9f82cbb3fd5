import type { Notification, Receiver, WeirStatus } from '../../api/status';
import { formatAgo } from '../../lib/time';
import styles from './Alerts.module.css';

export interface Props {
  weir: WeirStatus;
  now: number;
}

/** One line: where an alert that fires goes. */
export function destinationText(weir: WeirStatus): string {
  const all = [
    ...weir.webhooks.map((hook) => `webhook ${hook.name} (${hook.url})`),
    ...weir.alertmanagers.map((manager) => `Alertmanager ${manager.url}`),
  ];
  if (weir.remote) return `wherever ${weir.remote} sends them`;
  return all.length > 0 ? all.join(', ') : 'nobody: no webhook and no Alertmanager is configured';
}

/** Webhooks and Alertmanagers, whether they work, and what was sent last. */
export function Destinations({ weir, now }: Props) {
  const recent = weir.recentNotifications.slice(0, 12);
  const none = !weir.remote && weir.webhooks.length === 0 && weir.alertmanagers.length === 0;
  const failing = [...weir.webhooks, ...weir.alertmanagers].some((receiver) => receiver.lastError);
  return (
    <details className={`card ${styles.destinations}`} data-testid="destinations">
      <summary>
        <b>Where alerts go</b>
        <span className={none ? 'warn' : 'muted'}>{destinationText(weir)}</span>
        {failing ? <span className="badge bad">fails</span> : null}
      </summary>
      <div className={styles.ruleBody}>
        {weir.webhooks.map((hook) => (
          <ReceiverLine key={hook.name} name={hook.name} receiver={hook} now={now}>
            {`${hook.alerts} ${hook.alerts === 1 ? 'alert' : 'alerts'} in its groups`}
          </ReceiverLine>
        ))}
        {weir.alertmanagers.map((manager) => (
          <ReceiverLine key={manager.url} name="Alertmanager" receiver={manager} now={now} />
        ))}
        {recent.length > 0 ? (
          <Recent recent={recent} now={now} />
        ) : (
          <p className="muted small">{weir.remote ? 'What it sent is not told.' : 'Nothing was sent yet.'}</p>
        )}
      </div>
    </details>
  );
}

interface LineProps {
  name: string;
  receiver: Receiver;
  now: number;
  children?: string;
}

function ReceiverLine({ name, receiver, now, children }: LineProps) {
  const { lastError, lastSuccess, pending } = receiver;
  return (
    <div className="row wrap">
      <span className={`badge ${lastError ? 'bad' : lastSuccess ? 'ok' : ''}`}>
        {lastError ? 'fails' : lastSuccess ? 'works' : 'not used yet'}
      </span>
      <b>{name}</b>
      <code className="muted">{receiver.url}</code>
      {lastSuccess ? (
        <span className="muted">last sent {formatAgo(Date.parse(lastSuccess), now)}</span>
      ) : null}
      {children ? <span className="muted">{children}</span> : null}
      {pending > 0 ? <span className="muted">{pending} waiting</span> : null}
      {lastError ? <span className="bad small">{lastError}</span> : null}
    </div>
  );
}

function Recent({ recent, now }: { recent: Notification[]; now: number }) {
  return (
    <div className="scroll-x">
      <table className="plain">
        <thead>
          <tr>
            <th>Sent</th>
            <th>To</th>
            <th>Status</th>
            <th>Alerts</th>
            <th>Outcome</th>
          </tr>
        </thead>
        <tbody>
          {recent.map((sent, i) => (
            <tr key={i}>
              <td className={styles.since}>{formatAgo(Date.parse(sent.time), now)}</td>
              <td>{sent.receiver}</td>
              <td>
                <span className={`badge ${sent.status === 'firing' ? 'bad' : 'ok'}`}>{sent.status}</span>
              </td>
              <td className={styles.sentAlerts}>
                {sent.alerts.slice(0, 4).map((alert) => (
                  <div key={alert} className="mono">
                    {alert}
                  </div>
                ))}
                {sent.alertCount > 4 ? <div className="muted">and {sent.alertCount - 4} more</div> : null}
              </td>
              <td className={sent.error ? 'bad' : 'muted'}>{sent.error ?? 'delivered'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
