// What a panel's queries give; the last good answer stays while a new one is on its way or has failed.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { errorText } from '../api/client';
import type { ExpandedQuery, Panel } from '../api/dashboards';
import { queryInstant, queryRange } from '../api/query';
import { EMPTY_DATA, type PanelData } from '../frames/frame';
import { framesToTables, toFrames, toTable } from '../frames/fromApi';
import { transform } from '../frames/transform';
import type { Range } from '../lib/time';

export interface PanelState {
  data: PanelData;
  /** Nothing was ever read. */
  loading: boolean;
  fetching: boolean;
  error: string | null;
  warnings: string[];
  /** When the data shown was read. */
  readAt: number | null;
}

interface Loaded {
  data: PanelData;
  errors: string[];
  warnings: string[];
  readAt: number;
}

async function load(queries: ExpandedQuery[], range: Range, signal: AbortSignal): Promise<Loaded> {
  const answers = await Promise.allSettled(
    queries.map((query) => {
      if (query.instant) return queryInstant(query.expr, range.to / 1000, signal);
      const step = Math.max(1, query.stepMs);
      const floor = (ms: number) => Math.floor(ms / step) * step;
      return queryRange(query.expr, floor(range.from) / 1000, floor(range.to) / 1000, step / 1000, signal);
    }),
  );
  signal.throwIfAborted();
  const data: PanelData = { frames: [], tables: [] };
  const errors: string[] = [];
  const warnings: string[] = [];
  const single = queries.filter((q) => q.format === 'table').length < 2;
  answers.forEach((answer, i) => {
    const query = queries[i];
    if (!query) return;
    if (answer.status === 'rejected') {
      errors.push(
        queries.length > 1 ? `${query.refId}: ${errorText(answer.reason)}` : errorText(answer.reason),
      );
      return;
    }
    warnings.push(...answer.value.warnings);
    if (query.format === 'table') data.tables.push(toTable(answer.value.data, query, single));
    else data.frames.push(...toFrames(answer.value.data, query, query.instant ? 0 : query.stepMs));
  });
  if (errors.length === queries.length && queries.length > 0) throw new Error(errors.join('\n'));
  return { data, errors, warnings, readAt: Date.now() };
}

/** Tables go through the panel's transformations; series only where the panel is a table. */
export function prepare(panel: Panel, data: PanelData): PanelData {
  if (panel.type !== 'table' && panel.transformations.length === 0) return data;
  if (panel.type === 'table') {
    const tables = [...data.tables, ...framesToTables(data.frames)];
    return { frames: [], tables: transform(tables, panel.transformations) };
  }
  return { frames: data.frames, tables: transform(data.tables, panel.transformations) };
}

export function usePanelData(
  queries: ExpandedQuery[],
  range: Range,
  askedAt: number,
  visible: boolean,
): PanelState {
  const query = useQuery({
    queryKey: [
      'panel',
      queries.map((q) => [q.refId, q.expr, q.legend, q.instant, q.format, q.stepMs]),
      range,
      askedAt,
    ],
    enabled: visible && queries.length > 0,
    placeholderData: keepPreviousData,
    gcTime: 15_000,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => load(queries, range, signal),
  });
  const lastGood = useRef<Loaded | null>(null);
  if (query.data) lastGood.current = query.data;
  const shown = query.data ?? lastGood.current;
  const error = query.error ? errorText(query.error) : (shown?.errors.join('\n') ?? '');
  return {
    data: shown?.data ?? EMPTY_DATA,
    loading: !shown && !query.error && queries.length > 0,
    fetching: query.isFetching,
    error: error || null,
    warnings: shown?.warnings ?? [],
    readAt: shown?.readAt ?? null,
  };
}
