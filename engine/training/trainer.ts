import type { CheckpointQuality } from '../../contracts/artifact.js';
import type { MetricRow } from '../../contracts/records.js';
import { formatJsonl, parseJsonl } from '../../files/jsonl.js';

/** What one step of any method reports. */
export interface StepReport {
  /** Shown while it runs. */
  metric: { name: string; value: number };
  /** Tokens that went through the model. */
  tokenCount: number;
}

/** A method's state and its step. One folder a method; what drives them all is `train.ts`. */
export interface Trainer {
  readonly stepCount: number;
  /** Steps done. */
  stepIndex: number;
  step(): StepReport | Promise<StepReport>;
  /** How good the state is, as last measured; `undefined` before that. */
  quality(): CheckpointQuality | undefined;
  /** Writes all that is needed to go on. */
  save(folder: string): void;
  /** Takes up what `save` wrote. */
  restore(folder: string): void;
  /** Writes the Hugging Face folder and the metrics; returns the scalars of summary.json. */
  finish(modelFolder: string, metricsFolder: string): Record<string, number>;
  dispose(): void;
}

/** Rows of metrics.jsonl kept in memory and in every checkpoint. */
export class MetricLog {
  rows: MetricRow[] = [];

  add(step: number, values: Record<string, number>): void {
    this.rows.push({ step, ...values });
  }

  /** The newest value under a name. */
  last(name: string): number | undefined {
    return this.rows.findLast((row) => row[name] !== undefined)?.[name];
  }

  /** The newest finite value under a name, as what a checkpoint is judged by. */
  quality(metric: string, better: CheckpointQuality['better']): CheckpointQuality | undefined {
    const value = this.last(metric);
    return value === undefined || !Number.isFinite(value) ? undefined : { metric, value, better };
  }

  toText(): string {
    return formatJsonl(this.rows);
  }

  static parse(text: string): MetricLog {
    const log = new MetricLog();
    log.rows = parseJsonl(text) as MetricRow[];
    return log;
  }
}
