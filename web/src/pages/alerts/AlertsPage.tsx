import { useState } from 'react';
import type { PageProps } from '../../App';
import { type RuleGroup, useRules } from '../../api/rules';
import { useWeirStatus, type WeirStatus } from '../../api/status';
import { Loadable } from '../../components/Loadable';
import { Message } from '../../components/Message';
import { useNow } from '../../components/useNow';
import { useTitle } from '../../components/useTitle';
import { formatSince, formatSpan } from '../../lib/time';
import styles from './Alerts.module.css';
import { Destinations } from './Destinations';
import { counts, FILTERS, type Filter, filterGroups } from './filter';
import { RuleView } from './RuleView';

export function AlertsPage(_: PageProps) {
  useTitle('Alerts');
  const rules = useRules();
  const weir = useWeirStatus();
  return (
    <div className="page">
      <Loadable query={rules} what="rules">
        {(groups) => <Groups groups={groups} weir={weir.data} />}
      </Loadable>
    </div>
  );
}

function Groups({ groups, weir }: { groups: RuleGroup[]; weir: WeirStatus | undefined }) {
  const [filter, setFilter] = useState<Filter>('all');
  const [search, setSearch] = useState('');
  const now = useNow();
  const totals = counts(groups);
  const shown = filterGroups(groups, filter, search);
  return (
    <>
      <header>
        <h1>Alerts and rules</h1>
        <span className="grow" />
        <input
          className="input"
          placeholder="Search names, labels, queries"
          aria-label="Search rules"
          value={search}
          onChange={(e) => setSearch(e.target.value)}
        />
      </header>
      <div className="row wrap" role="group" aria-label="State">
        {FILTERS.map(({ id, text, tone }) => (
          <button
            key={id}
            type="button"
            className={styles.filter}
            data-tone={totals[id] > 0 ? tone : ''}
            aria-pressed={filter === id}
            onClick={() => setFilter(id)}
          >
            {text} <b>{totals[id]}</b>
          </button>
        ))}
      </div>
      {weir ? <Destinations weir={weir} now={now} /> : null}
      {groups.length === 0 ? (
        <Message
          kind="empty"
          title="There are no rules."
          hint="rule_files in the configuration names files of rules."
        />
      ) : null}
      {groups.length > 0 && shown.length === 0 ? (
        <Message kind="empty" title="No rule is like that." />
      ) : null}
      {shown.map((group) => (
        <section
          key={`${group.file};${group.name}`}
          className={styles.group}
          aria-label={`Group ${group.name}`}
        >
          <header className={styles.groupHead}>
            <h2>{group.name}</h2>
            <span className="muted small mono">{group.file}</span>
            <span className="grow" />
            <span className="muted small">
              every {formatSpan(group.interval * 1000)}, last {formatSince(group.lastEvaluation, now)}
              {group.evaluationTime > 0 ? ` in ${formatSpan(group.evaluationTime * 1000)}` : ''}
            </span>
          </header>
          <div className="card">
            {group.rules.map((rule, i) => (
              <RuleView key={`${rule.name} ${i}`} rule={rule} now={now} weir={weir} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
