// What this process is and how it stands.
import { useQuery } from '@tanstack/react-query';
import { getApi } from './client';

export interface WeirStatus {
  demo: boolean;
  demoHint: string;
  version: string;
  webhooks: Webhook[];
  alertmanagers: (string | { url: string })[];
  recentNotifications: Notification[];
}

export interface Webhook {
  name: string;
  url: string;
  lastSuccess: string | number | null;
  lastError: string | null;
  pending: number;
}

export interface Notification {
  time: string | number;
  receiver: string;
  status: string;
  alerts: number | string[];
  error: string | null;
}

export interface TsdbStat {
  name: string;
  value: number;
}

export interface TsdbStatus {
  headStats: {
    numSeries: number;
    numLabelPairs: number;
    chunkCount: number;
    minTime: number;
    maxTime: number;
  };
  seriesCountByMetricName: TsdbStat[];
  labelValueCountByLabelName: TsdbStat[];
  memoryInBytesByLabelName: TsdbStat[];
  seriesCountByLabelValuePair: TsdbStat[];
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
