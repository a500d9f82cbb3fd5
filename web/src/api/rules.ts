// Rules and alerts with Weir's liveness fields.
import { useQuery } from '@tanstack/react-query';
import { getApi } from './client';
import type { SelectorLiveness } from './liveness';
import type { Labels } from './query';

export interface RuleAlert {
  labels: Labels;
  annotations: Labels;
  state: 'pending' | 'firing' | 'inactive';
  activeAt?: string;
  keepFiringSince?: string;
  value: string;
}

interface RuleBase {
  name: string;
  query: string;
  labels?: Labels;
  health: string;
  lastError?: string;
  evaluationTime: number;
  lastEvaluation: string;
  dead?: boolean;
  selectors?: SelectorLiveness[];
}

export type Rule =
  | (RuleBase & {
      type: 'alerting';
      state: 'inactive' | 'pending' | 'firing' | 'unknown';
      duration: number;
      keepFiringFor?: number;
      annotations?: Labels;
      alerts?: RuleAlert[];
    })
  | (RuleBase & { type: 'recording' });

export type AlertingRule = Extract<Rule, { type: 'alerting' }>;

export interface RuleGroup {
  name: string;
  file: string;
  rules: Rule[];
  interval: number;
  limit?: number;
  evaluationTime: number;
  lastEvaluation: string;
}

export function useRules() {
  return useQuery({
    queryKey: ['rules'],
    refetchInterval: 5_000,
    queryFn: async ({ signal }) => (await getApi<{ groups: RuleGroup[] }>('rules', {}, signal)).data.groups,
  });
}
