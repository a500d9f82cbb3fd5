// Targets by pool. Pure.
import type { ActiveTarget } from '../../api/targets';

export type Health = 'all' | ActiveTarget['health'];

export interface Pool {
  name: string;
  targets: ActiveTarget[];
  /** Of all its targets, also those that are not listed. */
  up: number;
  total: number;
}

const RANK = { down: 0, unknown: 1, up: 2 };

/** Pools with the targets that are wanted; those in trouble first. */
export function poolsOf(all: ActiveTarget[], health: Health, search: string): Pool[] {
  const wanted = search.trim().toLowerCase();
  const pools = new Map<string, Pool>();
  for (const target of all) {
    const pool = pools.get(target.scrapePool) ?? { name: target.scrapePool, targets: [], up: 0, total: 0 };
    pools.set(target.scrapePool, pool);
    pool.total += 1;
    if (target.health === 'up') pool.up += 1;
    if (health !== 'all' && target.health !== health) continue;
    if (wanted && !textOf(target).includes(wanted)) continue;
    pool.targets.push(target);
  }
  const kept = [...pools.values()].filter((pool) => pool.targets.length > 0);
  for (const pool of kept) pool.targets.sort((a, b) => RANK[a.health] - RANK[b.health]);
  return kept.sort(
    (a, b) => Number(a.up === a.total) - Number(b.up === b.total) || (a.name < b.name ? -1 : 1),
  );
}

function textOf(target: ActiveTarget): string {
  const labels = Object.entries(target.labels).map(([name, value]) => `${name}=${value}`);
  return [target.scrapeUrl, target.lastError, target.scrapePool, ...labels].join('\n').toLowerCase();
}
