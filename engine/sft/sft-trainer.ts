import { join } from 'node:path';
import { promptPairSchema } from '../../contracts/records.js';
import type { RateChange } from '../../contracts/training.js';
import { fineTuneSchema } from '../../recipe/sections/training.js';
import { Stream } from '../../text/random.js';
import { copiedWordsRow, copySource } from '../batches/copy-rows.js';
import { countedTokens, packRows } from '../batches/pack-rows.js';
import { bucketLength, bucketLengths, everyBucket, planBatches } from '../batches/plan-batches.js';
import { assertTemplateFits, encodePrompt, encodeTarget, pairRow } from '../prompts/template.js';
import type { TokenRow } from '../prompts/template.js';
import { compileProgram } from '../graph/compile.js';
import { bloomShapes } from '../model/bloom.js';
import { languageModelProgram, POLICY } from '../model/language-model.js';
import { splitWeights } from '../model/trainable-split.js';
import { adamValues, MOMENTS } from '../optim/adamw.js';
import { partsOf, runStep } from '../optim/optimiser-step.js';
import { learningRateAt } from '../optim/schedule.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { guardStep } from '../training/guards.js';
import { MetricLog } from '../training/trainer.js';
import type { Trainer } from '../training/trainer.js';
import { readRecords } from '../../files/jsonl.js';
import { loadSplitModel, writeSplitModel } from '../training/split-model.js';
import { loadState, saveState } from '../training/state-files.js';
import { writeMetrics } from '../training/write-metrics.js';
import { validationLoss } from '../training/validate.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { z } from 'zod';

export const sftSettingsSchema = fineTuneSchema.extend({ template: z.string() });
export type SftSettings = z.infer<typeof sftSettingsSchema>;

/** Validation rows that are looked at, and how often. */
const VALIDATION_ROWS = 256;
const VALIDATIONS = 10;

interface SftInputs {
  datasetFolder: string;
  modelFolder: string;
  graphFolder: string;
  seed: number;
  rateChanges?: readonly RateChange[] | undefined;
}

/**
 * Supervised fine-tuning of a BLOOM folder on pairs; the loss counts target tokens only.
 *
 * Source: the released code (`beautiful_prompt/trainer.py`), with its template and space faults mended.
 * @throws InputInvalidError when the dataset has fewer pairs than one batch needs, or the template is too long for prompts.
 */
export function createSftTrainer(settings: SftSettings, inputs: SftInputs): Trainer {
  const config = readBloomConfig(inputs.modelFolder);
  const tokenizer = loadTokenizer(inputs.modelFolder, config.vocab_size);
  assertTemplateFits(tokenizer, settings.template);
  const encode = (name: string): TokenRow[] =>
    readRecords(join(inputs.datasetFolder, name), promptPairSchema).map(({ x, y }) => {
      const prompt = encodePrompt(
        tokenizer,
        { template: settings.template, x },
        settings.maxTokens >> 1,
      );
      return pairRow(prompt, encodeTarget(tokenizer, y), {
        maxTokens: settings.maxTokens,
        countPrompt: false,
      });
    });
  const pairs = encode('train.jsonl');
  const validation = encode('validation.jsonl').slice(0, VALIDATION_ROWS);
  const source = copySource(
    readRecords(join(inputs.datasetFolder, 'train.jsonl'), promptPairSchema).map((pair) => pair.y),
  );
  const copyCount = Math.round((pairs.length * settings.copyShare) / (1 - settings.copyShare));
  const copyRows = (epoch: number): TokenRow[] =>
    Array.from({ length: copyCount }, (_, index) =>
      copiedWordsRow(source, {
        tokenizer,
        template: settings.template,
        maxTokens: settings.maxTokens,
        keys: [inputs.seed, epoch, index, Stream.copiedWords],
      }),
    );

  // Copy rows are made anew each epoch, of any length.
  const lengths =
    copyCount > 0
      ? everyBucket(settings.maxTokens)
      : bucketLengths(
          [...pairs, ...validation].map((row) => row.ids.length),
          settings.maxTokens,
        );
  const partSize = settings.batchSize / settings.gradientAccumulationSteps;
  const split = splitWeights(config, settings, {});
  const program = languageModelProgram(config, {
    batchSize: partSize,
    lengths,
    adam: settings,
    size: settings,
  });
  const session = compileProgram(program, inputs.graphFolder, settings.compute);
  loadSplitModel(session, program, {
    split,
    group: POLICY,
    folder: inputs.modelFolder,
    seed: inputs.seed,
  });

  const stepsAnEpoch = Math.max(1, Math.floor((pairs.length + copyCount) / settings.batchSize));
  const stepCount = Math.max(1, Math.round(stepsAnEpoch * settings.epochs));
  const validateEvery = Math.max(1, Math.floor(stepCount / VALIDATIONS));
  const validate = (): number =>
    validationLoss(session, validation, {
      batchSize: partSize,
      maxTokens: settings.maxTokens,
      padId: tokenizer.padId,
    });
  let metrics = new MetricLog();
  let epochRows: { epoch: number; rows: TokenRow[]; batches: number[][] } | undefined;

  /** Rows of a step: a pure function of the seed and the step, so that nothing of it needs saving. */
  const batchOf = (stepIndex: number): TokenRow[] => {
    const epoch = Math.floor(stepIndex / stepsAnEpoch);
    if (epochRows?.epoch !== epoch) {
      const rows = [...pairs, ...copyRows(epoch)];
      epochRows = {
        epoch,
        rows,
        batches: planBatches(
          rows.map((row) => row.ids.length),
          settings.batchSize,
          [inputs.seed, epoch],
        ),
      };
    }
    const { rows, batches } = epochRows;
    return batches[(stepIndex % stepsAnEpoch) % batches.length]!.map((index) => rows[index]!);
  };

  const trainer: Trainer = {
    stepCount,
    stepIndex: 0,
    step() {
      const { stepIndex } = trainer;
      if (stepIndex === 0) metrics.add(0, { 'validation/loss': validate() });
      const rows = batchOf(stepIndex);
      const parts = partsOf(rows, settings.gradientAccumulationSteps).map((part) => {
        const longest = Math.max(...part.map((row) => row.ids.length));
        const length = bucketLength(longest, settings.maxTokens);
        return { key: `/${length}`, values: packRows(part, length, tokenizer.padId) };
      });
      const learningRate = learningRateAt(stepIndex, stepCount, {
        ...settings,
        rateChanges: inputs.rateChanges,
      });
      const { loss = NaN, norm = NaN } = runStep(session, parts, {
        count: countedTokens(rows),
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
        metrics.add(trainer.stepIndex, { 'validation/loss': validate() });
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
      writeSplitModel(modelFolder, {
        split,
        size: settings,
        heads: [],
        session,
        group: POLICY,
        config,
        tokenizerFrom: inputs.modelFolder,
        template: settings.template,
        dtype: 'F32',
        shapes: bloomShapes(config),
      });
      return writeMetrics(metricsFolder, metrics, {
        steps: stepCount,
        pairs: pairs.length,
        trainLoss: metrics.last('train/loss') ?? 0,
        validationLoss: metrics.last('validation/loss') ?? 0,
        validationLossBefore: metrics.rows[0]?.['validation/loss'] ?? 0,
      });
    },
    dispose: () => {
      session.dispose();
    },
  };
  return trainer;
}
