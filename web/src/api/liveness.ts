// Which selectors of an expression match series, and what is near to those that do not.
import { useQuery } from '@tanstack/react-query';
import type { Range } from '../lib/time';
import { getApi } from './client';

export interface SelectorLiveness {
  selector: string;
  start: number;
  end: number;
  matchesNow: boolean;
  lastMatched: number | null;
  exempt: string;
  suggestion: string;
}

export function useLiveness(exprs: string[], enabled: boolean, range?: Range) {
  // Within a minute the answer hardly changes; a key by the millisecond would ask anew at each refresh.
  const minute = range ? Math.floor(range.to / 60_000) : null;
  return useQuery({
    queryKey: ['liveness', exprs, minute],
    enabled: enabled && exprs.length > 0,
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const time: Record<string, string> = range
        ? { start: String(range.from / 1000), end: String(range.to / 1000) }
        : {};
      const answers = await Promise.all(
        exprs
          .slice(0, 8)
          .map((query) => getApi<SelectorLiveness[]>('selector_liveness', { query, ...time }, signal)),
      );
      return answers.flatMap((answer) => answer.data);
    },
  });
}
