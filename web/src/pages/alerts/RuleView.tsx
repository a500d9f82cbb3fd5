import type { ReactNode } from 'react';
import type { AlertingRule, Rule, RuleAlert } from '../../api/rules';
import type { WeirStatus } from '../../api/status';
import { Expression } from '../../components/Expression';
import { LabelList } from '../../components/LabelList';
import { parseSample } from '../../frames/fromApi';
import { useSettings } from '../../lib/settings';
import { formatAgo, formatDateTime, formatSince, formatSpan } from '../../lib/time';
import { formatValue } from '../../lib/units/units';
import styles from './Alerts.module.css';
import { destinationText } from './Destinations';

export interface Props {
  rule: Rule;
  now: number;
  weir: WeirStatus | undefined;
}

export function RuleView({ rule, now, weir }: Props) {
  const alerts = rule.type === 'alerting' ? (rule.alerts ?? []) : [];
  const active = alerts.filter((alert) => alert.state !== 'inactive');
  return (
    <details
      className={styles.rule}
      open={active.length > 0 || rule.dead === true}
      data-testid="rule"
      data-name={rule.name}
    >
      <summary>
        <StateBadge rule={rule} />
        <span className={styles.ruleName}>{rule.name}</span>
        {rule.dead ? <span className="badge bad">dead</span> : null}
        {rule.health === 'err' ? <span className="badge bad">evaluation fails</span> : null}
        <span className="grow" />
        {active.length > 0 ? <span className="muted small">{active.length} active</span> : null}
      </summary>
      <div className={styles.ruleBody}>
        {rule.dead ? <DeadNote rule={rule} now={now} /> : null}
        <Expression query={rule.query} selectors={rule.selectors ?? []} />
        {rule.lastError ? <p className="bad small">{rule.lastError}</p> : null}
        <dl className={styles.facts}>
          {rule.type === 'alerting' ? <AlertingFacts rule={rule} weir={weir} /> : null}
          <Fact name="Labels">
            {Object.keys(rule.labels ?? {}).length > 0 ? <LabelList labels={rule.labels ?? {}} /> : null}
          </Fact>
          <Fact name="Evaluated">
            {formatSince(rule.lastEvaluation, now)}
            {rule.evaluationTime > 0 ? ` in ${formatSpan(rule.evaluationTime * 1000)}` : ''}
          </Fact>
        </dl>
        {active.length > 0 ? <AlertTable alerts={active} now={now} /> : null}
      </div>
    </details>
  );
}

function StateBadge({ rule }: { rule: Rule }) {
  if (rule.type === 'recording') return <span className={`badge ${styles.state}`}>recording</span>;
  const tone = rule.state === 'firing' ? 'bad' : rule.state === 'pending' ? 'warn' : rule.dead ? '' : 'ok';
  return <span className={`badge ${tone} ${styles.state}`}>{rule.state}</span>;
}

function AlertingFacts({ rule, weir }: { rule: AlertingRule; weir: WeirStatus | undefined }) {
  return (
    <>
      <Fact name="Fires after">
        {rule.duration > 0 ? formatSpan(rule.duration * 1000) : 'the first match'}
      </Fact>
      {rule.keepFiringFor ? <Fact name="Keeps firing">{formatSpan(rule.keepFiringFor * 1000)}</Fact> : null}
      {Object.entries(rule.annotations ?? {}).map(([name, text]) => (
        <Fact key={name} name={name}>
          {text}
        </Fact>
      ))}
      {weir ? <Fact name="Sent to">{destinationText(weir)}</Fact> : null}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function DeadNote({ rule, now }: { rule: Rule; now: number }) {
  const dead = (rule.selectors ?? []).filter((s) => !s.matchesNow && s.exempt === '');
  return (
    <div className={styles.deadNote} role="note">
      <b>This rule can not {rule.type === 'alerting' ? 'fire' : 'record'}: a selector matches no series.</b>
      {dead.map((s) => (
        <div key={`${s.start} ${s.selector}`}>
          <code>{s.selector}</code>{' '}
          {s.lastMatched === null ? 'has never matched' : `last matched ${formatAgo(s.lastMatched, now)}`}
          {s.suggestion ? `; ${s.suggestion}` : ''}
        </div>
      ))}
    </div>
  );
}

function AlertTable({ alerts, now }: { alerts: RuleAlert[]; now: number }) {
  const { zone } = useSettings();
  return (
    <div className="scroll-x">
      <table className={`plain ${styles.alerts}`}>
        <thead>
          <tr>
            <th>State</th>
            <th>Labels</th>
            <th>Active since</th>
            <th className="num">Value</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map((alert) => (
            <tr key={JSON.stringify(alert.labels)} data-testid="alert">
              <td>
                <span className={`badge ${alert.state === 'firing' ? 'bad' : 'warn'}`}>{alert.state}</span>
              </td>
              <td>
                <LabelList labels={alert.labels} omit={['alertname']} />
                {Object.entries(alert.annotations).map(([name, text]) => (
                  <div key={name} className="small muted">
                    {name}: {text}
                  </div>
                ))}
              </td>
              <td
                className={styles.since}
                title={alert.activeAt ? formatDateTime(Date.parse(alert.activeAt), zone) : ''}
              >
                {alert.activeAt ? formatAgo(Date.parse(alert.activeAt), now) : ''}
                {alert.keepFiringSince ? <div className="small muted">kept firing</div> : null}
              </td>
              <td className="num">{formatValue(parseSample(alert.value), 'none')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
