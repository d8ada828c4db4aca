import { join } from 'node:path';
import { z } from 'zod';
import { pretrainSchema } from '../../recipe/sections/training.js';
import { promptPairSchema, promptRowSchema } from '../../contracts/records.js';
import type { RateChange } from '../../contracts/training.js';
import { packRows } from '../batches/pack-rows.js';
import { bucketLength, everyBucket } from '../batches/plan-batches.js';
import { assertTemplateFits, encodePrompt, encodeTarget, pairRow } from '../prompts/template.js';
import type { TokenRow } from '../prompts/template.js';
import { compileProgram } from '../graph/compile.js';
import { bloomShapes } from '../model/bloom.js';
import { initialWeights } from '../model/initial-weights.js';
import { languageModelProgram, POLICY } from '../model/language-model.js';
import { adamValues, MOMENTS } from '../optim/adamw.js';
import { learningRateAt } from '../optim/schedule.js';
import { createTokenizer } from '../tokenizer/tokenizer.js';
import { bloomSpecialTokens } from '../tokenizer/tokenizer-json.js';
import { trainByteLevelBpe } from '../tokenizer/train-bpe.js';
import { readRecords } from '../../files/jsonl.js';
import { loadState, saveState, zeroGroup } from '../training/state-files.js';
import { guardStep } from '../training/guards.js';
import { MetricLog } from '../training/trainer.js';
import type { Trainer } from '../training/trainer.js';
import { validationLoss } from '../training/validate.js';
import { writeMetrics } from '../training/write-metrics.js';
import { newBloomConfig } from '../weights/bloom-config.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { writeModel } from '../weights/model-state.js';
import { createMixture } from './mixture.js';

export const pretrainSettingsSchema = pretrainSchema.extend({ template: z.string() });
export type PretrainJobSettings = z.infer<typeof pretrainSettingsSchema>;

/** Batches whose rows are sorted together by length. */
const POOL = 16;
const VALIDATION_ROWS = 192;
const VALIDATIONS = 20;

interface PretrainInputs {
  datasetFolder: string;
  graphFolder: string;
  seed: number;
  rateChanges?: readonly RateChange[] | undefined;
}

/**
 * Trains a small BLOOM and its tokenizer from nothing on a mixture of pairs, prompts and copying.
 *
 * The rate follows a cosine to `finalShare`. Source: ours; a study of what small models learn in minutes.
 */
export function createPretrainTrainer(
  settings: PretrainJobSettings,
  inputs: PretrainInputs,
): Trainer {
  const { batchSize, maxTokens, template } = settings;
  const prompts = readRecords(
    join(inputs.datasetFolder, 'prompts-train.jsonl'),
    promptRowSchema,
  ).map((row) => row.prompt);
  const pairs = readRecords(join(inputs.datasetFolder, 'train.jsonl'), promptPairSchema);
  const texts = [
    ...prompts.map((prompt) => ` ${prompt}`),
    ...pairs.map(({ x }) => template.replace('{x}', () => x)),
  ];
  const tokenizerJson = trainByteLevelBpe(texts, {
    vocabularySize: settings.vocabularySize,
    specialTokens: bloomSpecialTokens,
  });
  const tokenizer = createTokenizer(tokenizerJson);
  assertTemplateFits(tokenizer, template);
  const config: BloomConfig = {
    ...newBloomConfig({
      vocab_size: settings.vocabularySize,
      hidden_size: settings.hiddenSize,
      n_layer: settings.layerCount,
      n_head: settings.headCount,
    }),
    bos_token_id: tokenizer.beginId,
    eos_token_id: tokenizer.endId,
    pad_token_id: tokenizer.padId,
  };
  const rowAt = createMixture(
    { pairs, prompts },
    { tokenizer, template, settings, seed: inputs.seed },
  );
  const validation = readRecords(join(inputs.datasetFolder, 'validation.jsonl'), promptPairSchema)
    .slice(0, VALIDATION_ROWS)
    .map(({ x, y }) =>
      pairRow(
        encodePrompt(tokenizer, { template, x }, maxTokens >> 1),
        encodeTarget(tokenizer, y),
        { maxTokens, countPrompt: false },
      ),
    );

  const program = languageModelProgram(config, {
    batchSize,
    lengths: everyBucket(maxTokens),
    adam: settings,
  });
  const session = compileProgram(program, inputs.graphFolder, settings.compute);
  session.write(POLICY, initialWeights(config, inputs.seed));
  zeroGroup(session, program, MOMENTS);

  const stepCount = settings.steps;
  const validateEvery = Math.max(1, Math.floor(stepCount / VALIDATIONS));
  let metrics = new MetricLog();
  let pool: { number: number; batches: TokenRow[][] } | undefined;

  /** Rows of a step: a pool of rows is made from their numbers, sorted by length and cut into batches. */
  const batchOf = (stepIndex: number): TokenRow[] => {
    const number = Math.floor(stepIndex / POOL);
    if (pool?.number !== number) {
      const rows = Array.from({ length: POOL * batchSize }, (_, index) =>
        rowAt(number * POOL * batchSize + index),
      );
      rows.sort((a, b) => a.ids.length - b.ids.length);
      pool = {
        number,
        batches: Array.from({ length: POOL }, (_, index) =>
          rows.slice(index * batchSize, (index + 1) * batchSize),
        ),
      };
    }
    // 7 and 16 share no factor: short and long batches alternate.
    return pool.batches[((stepIndex % POOL) * 7) % POOL]!;
  };

  const trainer: Trainer = {
    stepCount,
    stepIndex: 0,
    step() {
      const { stepIndex } = trainer;
      const rows = batchOf(stepIndex);
      const length = bucketLength(Math.max(...rows.map((row) => row.ids.length)), maxTokens);
      const learningRate = learningRateAt(stepIndex, stepCount, {
        ...settings,
        rateChanges: inputs.rateChanges,
      });
      const result = session.run(`train/${length}`, {
        ...packRows(rows, length, tokenizer.padId),
        ...adamValues(stepIndex + 1, learningRate, settings),
      });
      const loss = result['loss']![0]!;
      const norm = result['norm']![0]!;
      guardStep(stepIndex, { loss, norm }, settings.guard);
      trainer.stepIndex += 1;
      metrics.add(trainer.stepIndex, {
        'train/loss': loss,
        'train/grad_norm': norm,
        'train/learning_rate': learningRate,
      });
      if (trainer.stepIndex % validateEvery === 0 || trainer.stepIndex === stepCount) {
        metrics.add(trainer.stepIndex, {
          'validation/loss': validationLoss(session, validation, {
            batchSize,
            maxTokens,
            padId: tokenizer.padId,
          }),
        });
      }
      return {
        metric: { name: 'loss', value: loss },
        tokenCount: rows.reduce((sum, row) => sum + row.ids.length, 0),
      };
    },
    quality: () => metrics.quality('validation/loss', 'lower'),
    save: (folder) => {
      saveState(folder, {
        program,
        session,
        groups: [POLICY, MOMENTS],
        state: { stepIndex: trainer.stepIndex },
        metrics,
      });
    },
    restore(folder) {
      const loaded = loadState(folder, { session, groups: [POLICY, MOMENTS] });
      trainer.stepIndex = loaded.state.stepIndex;
      metrics = loaded.metrics;
    },
    finish(modelFolder, metricsFolder) {
      writeModel(modelFolder, {
        session,
        group: POLICY,
        config,
        tokenizerJson,
        template,
        dtype: 'BF16',
        shapes: bloomShapes(config),
      });
      return writeMetrics(metricsFolder, metrics, {
        steps: stepCount,
        trainLoss: metrics.last('train/loss') ?? 0,
        validationLoss: metrics.last('validation/loss') ?? 0,
      });
    },
    dispose: () => {
      session.dispose();
    },
  };
  return trainer;
}
