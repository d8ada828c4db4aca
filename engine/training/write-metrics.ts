import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricLog } from './trainer.js';

/** Writes `metrics.jsonl` and `summary.json`; returns the summary. Holds no times: equal runs give equal bytes. */
export function writeMetrics(
  folder: string,
  metrics: MetricLog,
  summary: Record<string, number>,
): Record<string, number> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'metrics.jsonl'), metrics.toText());
  writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}
