import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckpointQuality } from '../../contracts/artifact.js';
import type { MetricRow } from '../../contracts/records.js';
import { formatJsonl, parseJsonl } from '../../files/jsonl.js';

/** Rows of metrics.jsonl kept in memory and in every checkpoint. */
export class MetricLog {
  readonly #rows: MetricRow[];

  constructor(rows: readonly MetricRow[] = []) {
    this.#rows = [...rows];
  }

  get rows(): readonly MetricRow[] {
    return this.#rows;
  }

  add(step: number, values: Record<string, number>): void {
    this.#rows.push({ step, ...values });
  }

  /** The newest value under a name. */
  last(name: string): number | undefined {
    return this.#rows.findLast((row) => row[name] !== undefined)?.[name];
  }

  /** The newest finite value under a name, as what a checkpoint is judged by. */
  quality(metric: string, better: CheckpointQuality['better']): CheckpointQuality | undefined {
    const value = this.last(metric);
    return value === undefined || !Number.isFinite(value) ? undefined : { metric, value, better };
  }

  toText(): string {
    return formatJsonl(this.#rows);
  }

  static parse(text: string): MetricLog {
    return new MetricLog(parseJsonl(text) as MetricRow[]);
  }
}

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
