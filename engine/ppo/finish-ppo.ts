import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicySample } from '../../contracts/records.js';
import { formatJsonl } from '../../files/jsonl.js';
import type { Session } from '../graph/program.js';
import { bloomShapes } from '../model/bloom.js';
import { POLICY } from '../model/language-model.js';
import type { TrainableSplit } from '../model/trainable-split.js';
import { writeSplitModel } from '../training/split-model.js';
import type { MetricLog } from '../training/trainer.js';
import { writeMetrics } from '../training/write-metrics.js';
import { writeGenerationConfig } from '../weights/model-folder.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import type { PpoJobSettings } from './ppo-settings.js';

interface FinishedPpo {
  session: Session;
  config: BloomConfig;
  split: TrainableSplit;
  settings: PpoJobSettings;
  metrics: MetricLog;
  samples: readonly PolicySample[];
  fromFolder: string;
}

/** Writes the policy without its value head as a Hugging Face folder, and metrics, samples and summary beside it. */
export function finishPpo(
  run: FinishedPpo,
  modelFolder: string,
  metricsFolder: string,
): Record<string, number> {
  writeSplitModel(modelFolder, {
    split: run.split,
    size: run.settings,
    heads: [],
    session: run.session,
    group: POLICY,
    config: run.config,
    tokenizerFrom: run.fromFolder,
    template: run.settings.template,
    dtype: 'F32',
    shapes: bloomShapes(run.config),
  });
  writeGenerationConfig(modelFolder, run.settings.sampling);
  mkdirSync(metricsFolder, { recursive: true });
  writeFileSync(join(metricsFolder, 'samples.jsonl'), formatJsonl(run.samples));
  const last = (name: string): number => run.metrics.last(name) ?? 0;
  return writeMetrics(metricsFolder, run.metrics, {
    iterations: run.settings.iterations,
    kl: last('objective/kl'),
    score: last('objective/score'),
    scoreBefore: run.metrics.rows[0]?.['objective/score'] ?? 0,
    klCoefficient: last('kl/coefficient'),
    contentKept: last('reward/content_kept'),
    endedShare: last('tokens/ended_share'),
  });
}
