// Which rules are listed. Pure.
import type { Rule, RuleGroup } from '../../api/rules';

export type Filter = 'all' | 'firing' | 'pending' | 'inactive' | 'dead' | 'failing' | 'recording';

export const FILTERS: { id: Filter; text: string; tone: string }[] = [
  { id: 'all', text: 'All', tone: '' },
  { id: 'firing', text: 'Firing', tone: 'bad' },
  { id: 'pending', text: 'Pending', tone: 'warn' },
  { id: 'inactive', text: 'Inactive', tone: '' },
  { id: 'dead', text: 'Dead', tone: 'bad' },
  { id: 'failing', text: 'Failing', tone: 'bad' },
  { id: 'recording', text: 'Recording', tone: '' },
];

export function isLike(rule: Rule, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'dead':
      return rule.dead === true;
    case 'failing':
      return rule.health === 'err';
    case 'recording':
      return rule.type === 'recording';
    default:
      return rule.type === 'alerting' && rule.state === filter;
  }
}

export function counts(groups: RuleGroup[]): Record<Filter, number> {
  const rules = groups.flatMap((group) => group.rules);
  const entries = FILTERS.map(({ id }) => [id, rules.filter((rule) => isLike(rule, id)).length]);
  return Object.fromEntries(entries) as Record<Filter, number>;
}

function textOf(group: RuleGroup, rule: Rule): string {
  const alerts = rule.type === 'alerting' ? (rule.alerts ?? []) : [];
  const labels = [rule.labels ?? {}, ...alerts.map((alert) => alert.labels)];
  const words = labels.flatMap((set) => Object.entries(set).map(([name, value]) => `${name}=${value}`));
  return [rule.name, rule.query, group.name, group.file, ...words].join('\n').toLowerCase();
}

const ORDER: Record<string, number> = { firing: 0, pending: 1 };

/** Groups that keep a rule, those with firing alerts first. */
export function filterGroups(groups: RuleGroup[], filter: Filter, search: string): RuleGroup[] {
  const wanted = search.trim().toLowerCase();
  const kept = groups
    .map((group) => ({
      ...group,
      rules: group.rules.filter(
        (rule) => isLike(rule, filter) && (!wanted || textOf(group, rule).includes(wanted)),
      ),
    }))
    .filter((group) => group.rules.length > 0);
  const rank = (group: RuleGroup) =>
    Math.min(...group.rules.map((rule) => (rule.type === 'alerting' ? (ORDER[rule.state] ?? 2) : 2)));
  return kept.sort((a, b) => rank(a) - rank(b));
}
