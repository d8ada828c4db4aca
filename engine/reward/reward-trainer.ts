import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labelRowSchema, type LabelRow } from '../../contracts/records.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { TrainingSettings } from '../../contracts/training.js';
import { formatJsonl, readRecords } from '../../files/jsonl.js';
import { normal, Stream } from '../../text/random.js';
import { mean, pearson, spearman, standardDeviation } from '../../text/statistics.js';
import { bucketLengths, packRows } from '../batches/pack-rows.js';
import { EpochBatches } from '../batches/plan-batches.js';
import { compileProgram } from '../graph/compile.js';
import { rewardHeadShapes } from '../model/heads.js';
import type { TrainableSplit } from '../model/trainable-split.js';
import type { TokenRow } from '../prompts/template.js';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { writeMetrics } from '../training/metric-log.js';
import { loadSplitModel, writeSplitModel } from '../training/split-model.js';
import { supervisedStep } from '../training/supervised-step.js';
import type { StepReport, Trainer, TrainerInputs } from '../training/train.js';
import { TrainingState } from '../training/training-state.js';
import { readBloomConfig, type BloomConfig } from '../weights/bloom-config.js';
import { predictRows, rewardRow, writeRewardCard, type RewardCard } from './reward-model.js';
import { REWARD, rewardProgram, splitReward } from './reward-program.js';

type RewardSettings = TrainingSettings['reward'];

const VALIDATIONS = 8;

interface RewardInputs extends TrainerInputs {
  labelsFolder: string;
  /** The trunk to start from, and its tokenizer. */
  modelFolder: string;
}

/** A text with its standardised label. */
interface LabelledRow extends TokenRow {
  label: number;
}

/**
 * Trains a text-only regressor on one score: mean squared error on labels standardised by the training rows.
 *
 * Source: the released code (`train_rm.py`); differs: standardised labels, a held-out set, an optional mean over tokens.
 */
export class RewardTrainer implements Trainer {
  readonly state: TrainingState;
  readonly #settings: RewardSettings;
  readonly #inputs: RewardInputs;
  readonly #config: BloomConfig;
  readonly #tokenizer: Tokenizer;
  readonly #split: TrainableSplit;
  readonly #card: RewardCard;
  readonly #rows: LabelledRow[];
  readonly #heldOut: LabelRow[];
  readonly #heldOutRows: LabelledRow[];
  readonly #batches: EpochBatches<LabelledRow>;

  /** @throws InputInvalidError if the labels do not vary, or a row is not as expected. */
  constructor(settings: RewardSettings, inputs: RewardInputs) {
    const { target, pooling, maxTokens, batchSize, epochs, template } = settings;
    this.#settings = settings;
    this.#inputs = inputs;
    this.#config = readBloomConfig(inputs.modelFolder);
    this.#tokenizer = loadTokenizer(inputs.modelFolder, this.#config.vocab_size);
    const read = (name: string): LabelRow[] =>
      readRecords(join(inputs.labelsFolder, name), labelRowSchema);
    const train = read('train.jsonl');
    this.#heldOut = read('validation.jsonl');
    const labels = train.map((row) => row[target]);
    const card = { mean: mean(labels), std: standardDeviation(labels) };
    this.#card = { target, pooling, maxTokens, ...card };
    if (!(card.std > 0))
      throw new InputInvalidError(
        `labels.train.jsonl: expected ${target} scores that differ, found ${train.length} equal ones`,
      );
    const encode = (row: LabelRow): LabelledRow => ({
      ...rewardRow(this.#tokenizer, { template, x: row.x, y: row.y }, this.#card),
      label: (row[target] - card.mean) / card.std,
    });
    this.#rows = train.map(encode);
    this.#heldOutRows = this.#heldOut.map(encode);
    this.#batches = new EpochBatches({
      rowCount: train.length,
      batchSize,
      epochs,
      seed: inputs.seed,
      rowsOf: () => this.#rows,
    });
    this.#split = splitReward(this.#config, settings);
    this.state = this.#open();
  }

  step(): StepReport {
    const rows = this.#batches.at(this.state.stepIndex);
    return supervisedStep(
      this.state,
      { rows, count: rows.length },
      {
        settings: this.#settings,
        pack: (part, length) => {
          const { ids, mask } = packRows(part, length, this.#tokenizer.padId);
          return { ids, mask, label: Float32Array.from(part, (row) => row.label) };
        },
        validation: { times: VALIDATIONS, measure: () => this.#validate() },
      },
    );
  }

  finish(modelFolder: string, metricsFolder: string): Record<string, number> {
    const { metrics, session, stepCount } = this.state;
    const card = this.#card;
    writeSplitModel(modelFolder, {
      split: this.#split,
      size: this.#settings,
      heads: rewardHeadShapes(this.#config),
      session,
      group: REWARD,
      config: this.#config,
      tokenizerFrom: this.#inputs.modelFolder,
      template: this.#settings.template,
      architecture: 'BloomForSequenceClassification',
    });
    writeRewardCard(modelFolder, card);
    const predicted = this.#predictHeldOut();
    const scatter = this.#heldOut.map((row, index) => ({
      kind: row.kind,
      predicted: predicted[index]! * card.std + card.mean,
      label: row[card.target],
    }));
    mkdirSync(metricsFolder, { recursive: true });
    writeFileSync(join(metricsFolder, 'scatter.jsonl'), formatJsonl(scatter));
    const isSample = (_: unknown, index: number): boolean =>
      this.#heldOut[index]!.kind === 'sample';
    return writeMetrics(metricsFolder, metrics, {
      steps: stepCount,
      rows: this.#rows.length,
      heldOutRows: this.#heldOut.length,
      heldOutMse: metrics.last('validation/mse') ?? 0,
      pearson: metrics.last('validation/pearson') ?? 0,
      spearman: metrics.last('validation/spearman') ?? 0,
      spearmanOfSamples: spearman(
        predicted.filter(isSample),
        this.#heldOutRows.filter(isSample).map((row) => row.label),
      ),
    });
  }

  /** The state at step 0: a trunk that is trained already, under a new head. */
  #open(): TrainingState {
    const settings = this.#settings;
    const { modelFolder, graphFolder, seed, rateChanges } = this.#inputs;
    const lengths = [...this.#rows, ...this.#heldOutRows].map((row) => row.ids.length);
    const program = rewardProgram(this.#config, {
      batchSize: this.#partSize,
      lengths: bucketLengths(lengths, settings.maxTokens),
      pooling: settings.pooling,
      adam: settings,
      headRateFactor: settings.headRateFactor,
      size: settings,
    });
    const session = compileProgram(program, graphFolder, settings.compute);
    const length = this.#config.hidden_size;
    const headScale = 1 / Math.sqrt(length + 1);
    const draw = (_: unknown, index: number) => headScale * normal(seed, Stream.rewardHead, index);
    const head = Float32Array.from({ length }, draw);
    loadSplitModel(session, program, {
      split: this.#split,
      group: REWARD,
      folder: modelFolder,
      heads: { 'score.weight': head },
      seed,
    });
    return new TrainingState({
      program,
      session,
      weights: REWARD,
      settings: { ...settings, rateChanges },
      stepCount: this.#batches.stepCount,
      judgedBy: { metric: 'validation/mse', better: 'lower' },
    });
  }

  #validate(): Record<string, number> {
    const predicted = this.#predictHeldOut();
    const wanted = this.#heldOutRows.map((row) => row.label);
    return {
      'validation/mse': mean(predicted.map((value, index) => (value - wanted[index]!) ** 2)),
      'validation/pearson': pearson(predicted, wanted),
      'validation/spearman': spearman(predicted, wanted),
    };
  }

  #predictHeldOut(): number[] {
    return predictRows(this.state.session, this.#heldOutRows, {
      batchSize: this.#partSize,
      maxTokens: this.#settings.maxTokens,
      padId: this.#tokenizer.padId,
    });
  }

  /** Rows of one call. */
  get #partSize(): number {
    return this.#settings.batchSize / this.#settings.gradientAccumulationSteps;
  }
}
