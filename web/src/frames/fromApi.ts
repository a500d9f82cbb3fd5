// Answers of the API as frames and tables.
import type { ExpandedQuery } from '../api/dashboards';
import type { Labels, QueryData, Sample } from '../api/query';
import { seriesName } from '../lib/labels';
import { type Field, type Frame, field, type Table } from './frame';

/** "NaN", "+Inf" and numbers as Prometheus writes them. */
export function parseSample(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return Number(text);
}

interface Series {
  labels: Labels;
  samples: Sample[];
}

function seriesOf(data: QueryData): Series[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result.map((s) => ({ labels: s.metric, samples: s.values ?? [] }));
    case 'vector':
      return data.result.map((s) => ({ labels: s.metric, samples: s.value ? [s.value] : [] }));
    case 'scalar':
      return [{ labels: {}, samples: [data.result] }];
    default:
      return [];
  }
}

type Named = Pick<ExpandedQuery, 'refId' | 'expr' | 'legend'>;

/** A frame for each series. With a step, holes become null, so that lines break where samples are missing. */
export function toFrames(data: QueryData, query: Named, stepMs = 0): Frame[] {
  const all = seriesOf(data);
  const labelSets = all.map((s) => s.labels);
  return all.map(({ labels, samples }) => {
    const time: number[] = [];
    const values: (number | null)[] = [];
    for (const [seconds, text] of samples) {
      const ms = Math.round(seconds * 1000);
      const last = time[time.length - 1];
      if (stepMs > 0 && last !== undefined && ms - last > stepMs * 1.5) {
        time.push(last + stepMs);
        values.push(null);
      }
      time.push(ms);
      const value = parseSample(text);
      values.push(value);
    }
    return {
      refId: query.refId,
      name: seriesName(query.legend, query.expr, labels, labelSets),
      labels,
      time,
      values,
    };
  });
}

/** One row for each sample: Time, the labels in order, Value. */
export function toTable(data: QueryData, query: Named, single: boolean): Table {
  const all = seriesOf(data);
  const names = [...new Set(all.flatMap((s) => Object.keys(s.labels)))].sort();
  const time: number[] = [];
  const values: number[] = [];
  const columns: (string | null)[][] = names.map(() => []);
  for (const { labels, samples } of all) {
    for (const [seconds, text] of samples) {
      time.push(Math.round(seconds * 1000));
      values.push(parseSample(text));
      names.forEach((name, i) => {
        columns[i]?.push(labels[name] ?? null);
      });
    }
  }
  const fields: Field[] = [
    { name: 'Time', type: 'time', values: time, labels: {}, refId: query.refId },
    ...names.map((name, i) => field(name, columns[i] ?? [], query.refId)),
    {
      name: single ? 'Value' : `Value #${query.refId}`,
      type: 'number',
      values,
      labels: {},
      refId: query.refId,
    },
  ];
  return { refId: query.refId, fields, length: time.length };
}

/** Series as tables, for transformations and table panels: Time and a number field named after the series. */
export function framesToTables(frames: Frame[]): Table[] {
  return frames.map((frame) => ({
    refId: frame.refId,
    length: frame.time.length,
    fields: [
      { name: 'Time', type: 'time', values: frame.time, labels: {}, refId: frame.refId },
      { name: frame.name, type: 'number', values: frame.values, labels: frame.labels, refId: frame.refId },
    ],
  }));
}

/** Number fields of tables as frames, for the panels that reduce. */
export function tablesToFrames(tables: Table[]): Frame[] {
  return tables.flatMap((table) => {
    const time = table.fields.find((f) => f.type === 'time')?.values ?? [];
    return table.fields
      .filter((f) => f.type === 'number')
      .map((f) => ({
        refId: table.refId,
        name: f.name,
        labels: f.labels,
        time: f.values.map((_, i) => Number(time[i] ?? i)),
        values: f.values.map((v) => (typeof v === 'number' ? v : null)),
      }));
  });
}
