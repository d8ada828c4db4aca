import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { z } from 'zod';
import { rewardModelSchema } from '../../recipe/sections/training.js';
import { labelRowSchema } from '../../contracts/records.js';
import type { LabelRow } from '../../contracts/records.js';
import type { RateChange } from '../../contracts/training.js';
import { normal, Stream } from '../../text/random.js';
import { packRows } from '../batches/pack-rows.js';
import { bucketLength, bucketLengths, planBatches } from '../batches/plan-batches.js';
import { compileProgram } from '../graph/compile.js';
import { adamValues, MOMENTS } from '../optim/adamw.js';
import { partsOf, runStep } from '../optim/optimiser-step.js';
import { learningRateAt } from '../optim/schedule.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { formatJsonl, readRecords } from '../../files/jsonl.js';
import { loadSplitModel, writeSplitModel } from '../training/split-model.js';
import { loadState, saveState } from '../training/state-files.js';
import { guardStep } from '../training/guards.js';
import { MetricLog } from '../training/trainer.js';
import type { Trainer } from '../training/trainer.js';
import { mean, pearson, spearman, standardDeviation } from '../../text/statistics.js';
import { writeMetrics } from '../training/write-metrics.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { predictRows } from './predict-scores.js';
import { splitReward, REWARD, rewardProgram, rewardShapes } from './reward-program.js';
import { rewardRow, writeRewardCard } from './reward-text.js';
import type { RewardCard } from './reward-text.js';

export const rewardSettingsSchema = rewardModelSchema.extend({ template: z.string() });
export type RewardSettings = z.infer<typeof rewardSettingsSchema>;

const VALIDATIONS = 8;

interface RewardInputs {
  labelsFolder: string;
  /** The trunk to start from, and its tokenizer. */
  modelFolder: string;
  graphFolder: string;
  seed: number;
  rateChanges?: readonly RateChange[] | undefined;
}

/**
 * Trains a text-only regressor on one score: mean squared error on labels standardised by the training rows.
 *
 * Source: the released code (`train_rm.py`); differs: standardised labels, a held-out set, an optional mean over tokens.
 * @throws InputInvalidError when the labels do not vary or are too few for one batch.
 */
export function createRewardTrainer(settings: RewardSettings, inputs: RewardInputs): Trainer {
  const { target, pooling, maxTokens, batchSize } = settings;
  const config = readBloomConfig(inputs.modelFolder);
  const tokenizer = loadTokenizer(inputs.modelFolder, config.vocab_size);
  const read = (name: string): LabelRow[] =>
    readRecords(join(inputs.labelsFolder, name), labelRowSchema);
  const rows = read('train.jsonl');
  const heldOut = read('validation.jsonl');
  const labels = rows.map((row) => row[target]);
  const card: RewardCard = {
    target,
    pooling,
    maxTokens,
    mean: mean(labels),
    std: standardDeviation(labels),
  };
  if (!(card.std > 0))
    throw new InputInvalidError(
      `labels.train.jsonl: expected ${target} scores that differ, found ${rows.length} equal ones`,
    );
  const standardise = (row: LabelRow): number => (row[target] - card.mean) / card.std;
  const encode = (row: LabelRow): ReturnType<typeof rewardRow> =>
    rewardRow(
      tokenizer,
      { template: settings.template, x: row.x, y: row.y },
      { target, maxTokens },
    );
  const encoded = rows.map(encode);
  const encodedHeldOut = heldOut.map(encode);

  const lengths = bucketLengths(
    [...encoded, ...encodedHeldOut].map((row) => row.ids.length),
    maxTokens,
  );
  const partSize = batchSize / settings.gradientAccumulationSteps;
  const split = splitReward(config, settings);
  const program = rewardProgram(config, {
    batchSize: partSize,
    lengths,
    pooling,
    adam: settings,
    headRateFactor: settings.headRateFactor,
    size: settings,
  });
  const session = compileProgram(program, inputs.graphFolder, settings.compute);
  const headScale = 1 / Math.sqrt(config.hidden_size + 1);
  const head = Float32Array.from(
    { length: config.hidden_size },
    (_, index) => headScale * normal(inputs.seed, Stream.rewardHead, index),
  );
  loadSplitModel(session, program, {
    split,
    group: REWARD,
    folder: inputs.modelFolder,
    heads: { 'score.weight': head },
    seed: inputs.seed,
  });

  const stepsAnEpoch = Math.max(1, Math.floor(rows.length / batchSize));
  const stepCount = Math.max(1, Math.round(stepsAnEpoch * settings.epochs));
  const validateEvery = Math.max(1, Math.floor(stepCount / VALIDATIONS));
  let metrics = new MetricLog();
  const predictHeldOut = (): number[] =>
    predictRows(session, encodedHeldOut, {
      batchSize: partSize,
      maxTokens,
      padId: tokenizer.padId,
    });
  const validate = (): Record<string, number> => {
    const predicted = predictHeldOut();
    const wanted = heldOut.map(standardise);
    return {
      'validation/mse': mean(predicted.map((value, index) => (value - wanted[index]!) ** 2)),
      'validation/pearson': pearson(predicted, wanted),
      'validation/spearman': spearman(predicted, wanted),
    };
  };
  let plan: { epoch: number; batches: number[][] } | undefined;
  const batchOf = (stepIndex: number): number[] => {
    const epoch = Math.floor(stepIndex / stepsAnEpoch);
    if (plan?.epoch !== epoch)
      plan = {
        epoch,
        batches: planBatches(
          encoded.map((row) => row.ids.length),
          batchSize,
          [inputs.seed, epoch],
        ),
      };
    return plan.batches[(stepIndex % stepsAnEpoch) % plan.batches.length]!;
  };

  const trainer: Trainer = {
    stepCount,
    stepIndex: 0,
    step() {
      const { stepIndex } = trainer;
      const batch = batchOf(stepIndex);
      const parts = partsOf(batch, settings.gradientAccumulationSteps).map((part) => {
        const partRows = part.map((index) => encoded[index]!);
        const length = bucketLength(Math.max(...partRows.map((row) => row.ids.length)), maxTokens);
        const { ids, mask } = packRows(partRows, length, tokenizer.padId);
        const label = Float32Array.from(part, (index) => standardise(rows[index]!));
        return { key: `/${length}`, values: { ids: ids!, mask: mask!, label } };
      });
      const learningRate = learningRateAt(stepIndex, stepCount, {
        ...settings,
        rateChanges: inputs.rateChanges,
      });
      const { loss = NaN, norm = NaN } = runStep(session, parts, {
        count: batch.length,
        adam: adamValues(stepIndex + 1, learningRate, settings),
      });
      guardStep(stepIndex, { loss, norm }, settings.guard);
      trainer.stepIndex += 1;
      metrics.add(trainer.stepIndex, {
        'train/loss': loss,
        'train/grad_norm': norm,
        'train/learning_rate': learningRate,
      });
      if (trainer.stepIndex % validateEvery === 0 || trainer.stepIndex === stepCount)
        metrics.add(trainer.stepIndex, validate());
      return {
        metric: { name: 'loss', value: loss },
        tokenCount: batch.reduce((sum, index) => sum + encoded[index]!.ids.length, 0),
      };
    },
    quality: () => metrics.quality('validation/mse', 'lower'),
    save: (folder) => {
      saveState(folder, {
        program,
        session,
        groups: [REWARD, MOMENTS],
        state: { stepIndex: trainer.stepIndex },
        metrics,
      });
    },
    restore(folder) {
      const loaded = loadState(folder, { session, groups: [REWARD, MOMENTS] });
      trainer.stepIndex = loaded.state.stepIndex;
      metrics = loaded.metrics;
    },
    finish(modelFolder, metricsFolder) {
      writeSplitModel(modelFolder, {
        split,
        size: settings,
        heads: ['score.weight'],
        session,
        group: REWARD,
        config,
        tokenizerFrom: inputs.modelFolder,
        template: settings.template,
        dtype: 'F32',
        architecture: 'BloomForSequenceClassification',
        shapes: rewardShapes(config),
      });
      writeRewardCard(modelFolder, card);
      const predicted = predictHeldOut();
      mkdirSync(metricsFolder, { recursive: true });
      const scatter = heldOut.map((row, index) => ({
        kind: row.kind,
        predicted: predicted[index]! * card.std + card.mean,
        label: row[target],
      }));
      writeFileSync(join(metricsFolder, 'scatter.jsonl'), formatJsonl(scatter));
      const samples = heldOut.flatMap((row, index) => (row.kind === 'sample' ? [index] : []));
      const pickOut = (values: number[]): number[] => samples.map((index) => values[index]!);
      return writeMetrics(metricsFolder, metrics, {
        steps: stepCount,
        rows: rows.length,
        heldOutRows: heldOut.length,
        heldOutMse: metrics.last('validation/mse') ?? 0,
        pearson: metrics.last('validation/pearson') ?? 0,
        spearman: metrics.last('validation/spearman') ?? 0,
        spearmanOfSamples: spearman(pickOut(predicted), pickOut(heldOut.map(standardise))),
      });
    },
    dispose: () => {
      session.dispose();
    },
  };
  return trainer;
}
