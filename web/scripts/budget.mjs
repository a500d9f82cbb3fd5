// Adds up what the dashboard page loads first (gzipped) and fails the build above the budget.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 300 * 1024;
const dist = join(import.meta.dirname, '..', 'dist');
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));

const files = new Set();
function add(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) add(next);
}
add('index.html');
// Everything that a dashboard draws with: its page and every panel.
for (const key of Object.keys(manifest)) {
  if (key.startsWith('src/dashboard/') || key.startsWith('src/panels/')) add(key);
}

let total = 0;
for (const file of files) {
  const path = join(dist, file);
  if (existsSync(path)) total += gzipSync(readFileSync(path)).length;
}
const kib = (total / 1024).toFixed(1);
console.log(
  `first load of a dashboard: ${kib} KiB gzipped in ${files.size} files (budget ${BUDGET_BYTES / 1024} KiB)`,
);
if (total > BUDGET_BYTES) process.exit(1);
