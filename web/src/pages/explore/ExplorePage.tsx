import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, useState } from 'react';
import type { PageProps } from '../../App';
import type { Answer } from '../../api/client';
import { type QueryData, queryInstant, queryRange } from '../../api/query';
import { Message } from '../../components/Message';
import { Tabs } from '../../components/Tabs';
import { useTitle } from '../../components/useTitle';
import { decodeExplore, type ExploreState, encodeExplore } from '../../lib/url';
import { setSearch, usePlace } from '../../router';
import styles from './Explore.module.css';
import { GraphTab } from './GraphTab';
import { MetricBrowser } from './MetricBrowser';
import { Outcome } from './Outcome';
import { RangeControls } from './RangeControls';
import { stepSeconds } from './step';
import { TableTab } from './TableTab';

const ExpressionInput = lazy(() => import('./ExpressionInput').then((m) => ({ default: m.ExpressionInput })));

const TABS = [
  { id: 'table' as const, text: 'Table' },
  { id: 'graph' as const, text: 'Graph' },
];

export function ExplorePage(_: PageProps) {
  useTitle('Explore');
  const { search } = usePlace();
  const state = useMemo(() => decodeExplore(search), [search]);
  const [draft, setDraft] = useState(state.expr);
  const [asked, setAsked] = useState({ expr: state.expr, at: Date.now() });
  // Another address (back, a link) brings another expression.
  if (asked.expr !== state.expr) {
    setAsked({ expr: state.expr, at: Date.now() });
    setDraft(state.expr);
  }
  const change = (part: Partial<ExploreState>) => {
    setAsked((old) => ({
      expr: part.expr ?? state.expr,
      at: part.endMs === undefined ? Date.now() : old.at,
    }));
    setSearch(encodeExplore({ ...state, ...part }));
  };
  const execute = (expr: string) => change({ expr: expr.trim() });
  const endMs = state.endMs ?? asked.at;
  const result = useExplore(state, endMs);
  return (
    <div className={`page ${styles.page}`}>
      <h1 className="visually-hidden">Explore</h1>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          execute(draft);
        }}
      >
        <Suspense fallback={<div className={styles.editor}>{draft}</div>}>
          <ExpressionInput value={draft} onChange={setDraft} onExecute={execute} />
        </Suspense>
        <MetricBrowser
          onPick={(name) => (draft.trim() === '' ? execute(name) : setDraft(`${draft} ${name}`))}
        />
        <button type="submit" className="btn primary">
          Execute
        </button>
      </form>
      <div className={styles.bar}>
        <Tabs label="Result as" tabs={TABS} current={state.tab} onChange={(tab) => change({ tab })} />
        <RangeControls state={state} onChange={change} />
      </div>
      <Outcome result={result} expr={state.expr} />
      {state.expr === '' ? (
        <Message
          kind="empty"
          title="Write a PromQL expression; Enter runs it, Ctrl+Space completes."
          hint="For example: sum by (job) (up)"
        />
      ) : null}
      {result.data && state.tab === 'table' ? <TableTab data={result.data.data} /> : null}
      {result.data && state.tab === 'graph' ? (
        <GraphTab data={result.data.data} state={state} endMs={endMs} onChange={change} />
      ) : null}
      {state.expr !== '' && result.isPending ? <Message kind="loading" title="Evaluating" /> : null}
    </div>
  );
}

type Explored = Answer<QueryData> & { tookMs: number };

async function evaluate(state: ExploreState, endMs: number, signal: AbortSignal): Promise<Explored> {
  const started = performance.now();
  const step = stepSeconds(state.rangeS);
  const end = Math.floor(endMs / 1000 / step) * step;
  const answer =
    state.tab === 'table'
      ? await queryInstant(state.expr, endMs / 1000, signal)
      : await queryRange(state.expr, end - state.rangeS, end, step, signal);
  return { ...answer, tookMs: performance.now() - started };
}

/** The last result of the same expression and tab stays while the next one is on its way. */
function useExplore(state: ExploreState, endMs: number) {
  const { tab, expr, rangeS } = state;
  return useQuery<Explored>({
    queryKey: ['explore', tab, expr, endMs, tab === 'graph' ? rangeS : 0],
    enabled: expr !== '',
    retry: false,
    gcTime: 30_000,
    placeholderData: (old, last) =>
      last?.queryKey[1] === tab && last.queryKey[2] === expr ? old : undefined,
    queryFn: ({ signal }) => evaluate(state, endMs, signal),
  });
}
