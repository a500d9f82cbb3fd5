// Names of metrics and what is known of them.
import { useQuery } from '@tanstack/react-query';
import { getApi } from './client';

export interface Metadata {
  type: string;
  help: string;
  unit: string;
}

export interface Metric {
  name: string;
  type: string;
  help: string;
}

const SUFFIXES = /_(total|bucket|count|sum|created|info)$/;

/** Every metric name that has series, with its type and help. */
export function useMetrics(enabled: boolean) {
  return useQuery({
    queryKey: ['metrics'],
    enabled,
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Metric[]> => {
      const [names, metadata] = await Promise.all([
        getApi<string[]>('label/__name__/values', {}, signal),
        getApi<Record<string, Metadata[]>>('metadata', {}, signal),
      ]);
      return names.data.map((name) => {
        const known = metadata.data[name] ?? metadata.data[name.replace(SUFFIXES, '')];
        return { name, type: known?.[0]?.type ?? '', help: known?.[0]?.help ?? '' };
      });
    },
  });
}
