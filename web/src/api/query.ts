// Instant and range queries, as Prometheus answers them.
import { type Answer, getApi } from './client';

export type Labels = Record<string, string>;
export type Sample = [number, string];

export interface VectorSample {
  metric: Labels;
  value?: Sample;
  histogram?: [number, unknown];
}

export interface MatrixSeries {
  metric: Labels;
  values?: Sample[];
  histograms?: [number, unknown][];
}

export type QueryData =
  | { resultType: 'vector'; result: VectorSample[] }
  | { resultType: 'matrix'; result: MatrixSeries[] }
  | { resultType: 'scalar'; result: Sample }
  | { resultType: 'string'; result: Sample };

/** Evaluates at one instant (seconds since the epoch). */
export function queryInstant(expr: string, timeS: number, signal?: AbortSignal): Promise<Answer<QueryData>> {
  return getApi<QueryData>('query', { query: expr, time: timeS }, signal);
}

/** Evaluates over a range (seconds since the epoch). */
export function queryRange(
  expr: string,
  startS: number,
  endS: number,
  stepS: number,
  signal?: AbortSignal,
): Promise<Answer<QueryData>> {
  return getApi<QueryData>('query_range', { query: expr, start: startS, end: endS, step: stepS }, signal);
}
