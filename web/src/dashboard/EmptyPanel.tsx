import type { ExpandedQuery } from '../api/dashboards';
import { type SelectorLiveness, useLiveness } from '../api/liveness';
import { Message } from '../components/Message';
import { formatAgo, type Range } from '../lib/time';
import styles from './Panel.module.css';

export interface Props {
  queries: ExpandedQuery[];
  settled: boolean;
  range: Range;
}

/** No data, and why: which selector matches nothing, and what is near it. */
export function EmptyPanel({ queries, settled, range }: Props) {
  const exprs = [...new Set(queries.map((q) => q.expr))];
  const { data } = useLiveness(exprs, settled, range);
  const missing = uniqueBySelector((data ?? []).filter((s) => !s.matchesNow && s.exempt === ''));
  const hint = missing
    .slice(0, 3)
    .map((selector) => <MissingSelector key={selector.selector} selector={selector} />);
  return <Message kind="empty" title="No data" hint={hint.length > 0 ? hint : null} />;
}

function MissingSelector({ selector }: { selector: SelectorLiveness }) {
  const last = selector.lastMatched === null ? '' : ` It did ${formatAgo(selector.lastMatched, Date.now())}.`;
  return (
    <div className={styles.missing}>
      <code>{selector.selector}</code> matches no series.{last}
      {selector.suggestion ? <div>{selector.suggestion}</div> : null}
    </div>
  );
}

function uniqueBySelector(all: SelectorLiveness[]): SelectorLiveness[] {
  return [...new Map(all.map((s) => [s.selector, s])).values()];
}
