// Labels as text.
import type { Labels } from '../api/query';

const BARE_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

export function quote(value: string): string {
  return JSON.stringify(value);
}

/** `name{a="b", c="d"}`; without a name only the braces; UTF-8 names quoted inside the braces. */
export function formatMetric(labels: Labels): string {
  const name = labels.__name__ ?? '';
  const parts = Object.entries(labels)
    .filter(([key]) => key !== '__name__')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${BARE_NAME.test(key) ? key : quote(key)}=${quote(value)}`);
  if (name && !BARE_NAME.test(name)) return `{${[quote(name), ...parts].join(', ')}}`;
  return parts.length > 0 || !name ? `${name}{${parts.join(', ')}}` : name;
}

/** Fills `{{label}}`; a label that is not there stays empty. */
export function fillLegend(template: string, labels: Labels): string {
  return template.replace(/\{\{\s*([^}]+?)\s*\}\}/g, (_, key: string) => labels[key] ?? '');
}

/** The one label whose values tell all series apart, where each has only that label. */
export function singleLabelName(all: Labels[]): string | null {
  let name: string | null = null;
  for (const labels of all) {
    for (const key of Object.keys(labels)) {
      if (key === '__name__') continue;
      if (name === null) name = key;
      else if (name !== key) return null;
    }
  }
  return name;
}

/** A series' name in legends, from the query's template ("" and "__auto" mean: choose well). */
export function seriesName(template: string, expr: string, labels: Labels, all: Labels[]): string {
  if (template && template !== '__auto') {
    const text = fillLegend(template, labels);
    return text === '{}' ? expr : text;
  }
  const keys = Object.keys(labels);
  if (template === '') {
    const text = formatMetric(labels);
    return text === '{}' ? expr : text;
  }
  if (keys.length === 0) return expr;
  const single = singleLabelName(all);
  return (single ? labels[single] : undefined) ?? formatMetric(labels);
}
