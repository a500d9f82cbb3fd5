// Counts for the home page. Pure.
import type { DashboardSummary } from '../../api/dashboards';
import type { RuleAlert, RuleGroup } from '../../api/rules';

export interface RuleSummary {
  alerting: number;
  firing: number;
  pending: number;
  dead: number;
}

export function summarizeRules(groups: RuleGroup[]): RuleSummary {
  const sum: RuleSummary = { alerting: 0, firing: 0, pending: 0, dead: 0 };
  for (const rule of groups.flatMap((group) => group.rules)) {
    if (rule.dead) sum.dead += 1;
    if (rule.type !== 'alerting') continue;
    sum.alerting += 1;
    for (const alert of rule.alerts ?? []) {
      if (alert.state === 'firing') sum.firing += 1;
      else if (alert.state === 'pending') sum.pending += 1;
    }
  }
  return sum;
}

/** Firing ones first, then by age, the newest first. */
export function firingAlerts(groups: RuleGroup[]): RuleAlert[] {
  const alerts = groups
    .flatMap((group) => group.rules)
    .flatMap((rule) => (rule.type === 'alerting' ? (rule.alerts ?? []) : []))
    .filter((alert) => alert.state !== 'inactive');
  const rank = (alert: RuleAlert) => (alert.state === 'firing' ? 0 : 1);
  return alerts.sort((a, b) => rank(a) - rank(b) || (b.activeAt ?? '').localeCompare(a.activeAt ?? ''));
}

/** Dashboards by folder, in the order of the list. */
export function folders(all: DashboardSummary[]): [string, DashboardSummary[]][] {
  const map = new Map<string, DashboardSummary[]>();
  for (const dashboard of all) map.set(dashboard.folder, [...(map.get(dashboard.folder) ?? []), dashboard]);
  return [...map];
}
