// Which selectors of an expression match series, and what is near to those that do not.
import { useQuery } from '@tanstack/react-query';
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

export function useLiveness(exprs: string[], enabled: boolean) {
  return useQuery({
    queryKey: ['liveness', exprs],
    enabled: enabled && exprs.length > 0,
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const answers = await Promise.all(
        exprs.slice(0, 8).map((query) => getApi<SelectorLiveness[]>('selector_liveness', { query }, signal)),
      );
      return answers.flatMap((answer) => answer.data);
    },
  });
}
