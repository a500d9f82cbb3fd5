// What this process is and how it stands.
import { useQuery } from '@tanstack/react-query';
import { getApi } from './client';

export interface WeirStatus {
  demo: boolean;
  demoHint: string;
  version: string;
  webhooks: Webhook[];
  alertmanagers: Receiver[];
  recentNotifications: Notification[];
  /** The server that these pages ask, where it is not Weir. */
  remote?: string;
}

/** Times are RFC 3339. */
export interface Receiver {
  url: string;
  lastSuccess: string | null;
  lastError: string | null;
  /** Alerts or notifications that wait. */
  pending: number;
}

export interface Webhook extends Receiver {
  name: string;
  /** Alerts in its groups. */
  alerts: number;
  /** When a group is looked at next. */
  nextLook: string | null;
}

export interface Notification {
  time: string;
  receiver: string;
  status: string;
  /** Labels as text, at most the first twenty. */
  alerts: string[];
  alertCount: number;
  error: string | null;
}

export interface TsdbStat {
  name: string;
  value: number;
}

/** Servers other than Weir and Prometheus have some of it. */
export interface TsdbStatus {
  totalSeries?: number;
  headStats?: {
    numSeries: number;
    numLabelPairs: number;
    chunkCount: number;
    minTime: number;
    maxTime: number;
  };
  seriesCountByMetricName?: TsdbStat[];
  labelValueCountByLabelName?: TsdbStat[];
  memoryInBytesByLabelName?: TsdbStat[];
  seriesCountByLabelValuePair?: TsdbStat[];
}

export type StatusPart = 'buildinfo' | 'runtimeinfo' | 'flags';

export function useWeirStatus() {
  return useQuery({
    queryKey: ['status', 'weir'],
    refetchInterval: 10_000,
    queryFn: async ({ signal }) => (await getApi<WeirStatus>('status/weir', {}, signal)).data,
  });
}

export function useStatus(part: StatusPart) {
  return useQuery({
    queryKey: ['status', part],
    queryFn: async ({ signal }) =>
      (await getApi<Record<string, string | number | boolean>>(`status/${part}`, {}, signal)).data,
  });
}

export function useConfig() {
  return useQuery({
    queryKey: ['status', 'config'],
    queryFn: async ({ signal }) => (await getApi<{ yaml: string }>('status/config', {}, signal)).data.yaml,
  });
}

export function useTsdbStatus() {
  return useQuery({
    queryKey: ['status', 'tsdb'],
    queryFn: async ({ signal }) => (await getApi<TsdbStatus>('status/tsdb', {}, signal)).data,
  });
}
