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
  /** VictoriaMetrics does not tell it. */
  scrapeInterval?: string;
  scrapeTimeout: string;
}

export interface Targets {
  activeTargets: ActiveTarget[];
  droppedTargets: { discoveredLabels: Labels; scrapePool?: string }[];
  droppedTargetCounts?: Record<string, number>;
}

export interface Monitored {
  kind: string;
  namespace: string;
  name: string;
  outcome: 'accepted' | 'refused' | 'not selected';
  reason: string;
  unknown: string[];
  jobs: string[];
  targets: number;
  up: number;
  why: string;
}

export interface Monitors {
  prometheus: string | null;
  failure: string;
  /** What the Prometheus object wishes for and does not get; older servers do not say. */
  notes?: string[];
  /** Seconds since the API server was last heard of, by resource. */
  age?: Record<string, number>;
  objects: Monitored[];
}

/** Objects of a cluster; servers other than ours have none. */
export function useMonitors() {
  return useQuery({
    queryKey: ['monitors'],
    refetchInterval: 5_000,
    retry: false,
    queryFn: async ({ signal }) => (await getApi<Monitors>('monitors', {}, signal)).data,
  });
}

export function useTargets() {
  return useQuery({
    queryKey: ['targets'],
    refetchInterval: 5_000,
    queryFn: async ({ signal }) => (await getApi<Targets>('targets', { state: 'active' }, signal)).data,
  });
}

/** Of a cluster there are as many for each job as there are pods: asked for only when somebody looks. */
export function useDropped(isWanted: boolean) {
  return useQuery({
    queryKey: ['targets', 'dropped'],
    enabled: isWanted,
    queryFn: async ({ signal }) =>
      (await getApi<Targets>('targets', { state: 'dropped' }, signal)).data.droppedTargets,
  });
}
