// What is scraped.
import { useQuery } from '@tanstack/react-query';
import { getApi } from './client';
import type { Labels } from './query';

export interface ActiveTarget {
  discoveredLabels: Labels;
  labels: Labels;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  lastError: string;
  lastScrape: string;
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface Targets {
  activeTargets: ActiveTarget[];
  droppedTargets: { discoveredLabels: Labels; scrapePool?: string }[];
  droppedTargetCounts?: Record<string, number>;
}

export function useTargets() {
  return useQuery({
    queryKey: ['targets'],
    refetchInterval: 5_000,
    queryFn: async ({ signal }) => (await getApi<Targets>('targets', { state: 'any' }, signal)).data,
  });
}
