import type { SelectorLiveness } from '../api/liveness';
import { splitSpans } from '../lib/spans';
import { encodeExplore } from '../lib/url';
import { Link } from '../router';
import styles from './Expression.module.css';

export interface Props {
  query: string;
  selectors?: SelectorLiveness[];
}

/** A query as a link to explore, with the selectors that match nothing underlined. */
export function Expression({ query, selectors = [] }: Props) {
  const dead = selectors.filter((s) => !s.matchesNow && s.exempt === '');
  const state = { expr: query, tab: 'graph' as const, rangeS: 3600, endMs: null, stacked: false };
  return (
    <Link to={`/explore${encodeExplore(state)}`} className={styles.expression} title="Open in explore">
      <code>
        {splitSpans(query, dead).map((span, i) =>
          span.marks.length > 0 ? (
            <mark
              key={i}
              className={styles.dead}
              title={span.marks[0]?.suggestion}
              data-testid="dead-selector"
            >
              {span.text}
            </mark>
          ) : (
            span.text
          ),
        )}
      </code>
    </Link>
  );
}
