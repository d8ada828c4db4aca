import { join } from 'node:path';
import { promptPairSchema, type PromptPair } from '../../contracts/records.js';
import type { TrainingSettings } from '../../contracts/training.js';
import { readRecords } from '../../files/jsonl.js';
import { Stream } from '../../text/random.js';
import { copiedWordsRow, copySource } from '../batches/copy-rows.js';
import { bucketLengths, countedTokens, everyBucket, packRows } from '../batches/pack-rows.js';
import { EpochBatches } from '../batches/plan-batches.js';
import { compileProgram } from '../graph/compile.js';
import { languageModelProgram, POLICY } from '../model/language-model.js';
import { splitWeights, type TrainableSplit } from '../model/trainable-split.js';
import { assertTemplateFits, encodePair, type TokenRow } from '../prompts/template.js';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { writeMetrics } from '../training/metric-log.js';
import { loadSplitModel, writeSplitModel } from '../training/split-model.js';
import { supervisedStep, validationLoss } from '../training/supervised-step.js';
import type { StepReport, Trainer, TrainerInputs } from '../training/train.js';
import { TrainingState } from '../training/training-state.js';
import { readBloomConfig, type BloomConfig } from '../weights/bloom-config.js';

type SftSettings = TrainingSettings['sft'];

/** Validation rows that are looked at, and how often. */
const VALIDATION_ROWS = 256;
const VALIDATIONS = 10;

interface SftInputs extends TrainerInputs {
  datasetFolder: string;
  modelFolder: string;
}

/**
 * Supervised fine-tuning of a BLOOM folder on pairs; the loss counts target tokens only.
 *
 * Source: the released code (`beautiful_prompt/trainer.py`), with its template and space faults mended.
 */
export class SftTrainer implements Trainer {
  readonly state: TrainingState;
  readonly #settings: SftSettings;
  readonly #inputs: SftInputs;
  readonly #config: BloomConfig;
  readonly #tokenizer: Tokenizer;
  readonly #split: TrainableSplit;
  readonly #pairs: TokenRow[];
  readonly #validation: TokenRow[];
  readonly #batches: EpochBatches<TokenRow>;

  /** @throws InputInvalidError if the template is too long for prompts, or the dataset holds a row that is no pair. */
  constructor(settings: SftSettings, inputs: SftInputs) {
    const { maxTokens, batchSize, copyShare, template } = settings;
    const { seed, modelFolder } = inputs;
    this.#settings = settings;
    this.#inputs = inputs;
    this.#config = readBloomConfig(modelFolder);
    const tokenizer = loadTokenizer(modelFolder, this.#config.vocab_size);
    this.#tokenizer = tokenizer;
    assertTemplateFits(tokenizer, template);
    const read = (name: string): PromptPair[] =>
      readRecords(join(inputs.datasetFolder, name), promptPairSchema);
    const train = read('train.jsonl');
    const encode = (pair: PromptPair): TokenRow =>
      encodePair(tokenizer, pair, { template, maxTokens, countPrompt: false });
    this.#pairs = train.map(encode);
    this.#validation = read('validation.jsonl').slice(0, VALIDATION_ROWS).map(encode);

    // Copy rows are made anew each epoch, of any length.
    const source = copySource(train.map(({ y }) => y));
    const copyCount = Math.round((train.length * copyShare) / (1 - copyShare));
    const copyRow = (...keys: number[]): TokenRow =>
      copiedWordsRow(source, { tokenizer, template, maxTokens, keys });
    this.#batches = new EpochBatches({
      rowCount: train.length + copyCount,
      batchSize,
      epochs: settings.epochs,
      seed,
      rowsOf: (epoch) => [
        ...this.#pairs,
        ...Array.from({ length: copyCount }, (_, index) =>
          copyRow(seed, epoch, index, Stream.copiedWords),
        ),
      ],
    });
    const lengths = [...this.#pairs, ...this.#validation].map((row) => row.ids.length);
    this.#split = splitWeights(this.#config, settings, {});
    this.state = this.#open(
      copyCount > 0 ? everyBucket(maxTokens) : bucketLengths(lengths, maxTokens),
    );
  }

  step(): StepReport {
    const { state } = this;
    if (state.stepIndex === 0) state.log(this.#validate());
    const rows = this.#batches.at(state.stepIndex);
    return supervisedStep(
      state,
      { rows, count: countedTokens(rows) },
      {
        settings: this.#settings,
        pack: (part, length) => packRows(part, length, this.#tokenizer.padId),
        validation: { times: VALIDATIONS, measure: () => this.#validate() },
      },
    );
  }

  finish(modelFolder: string, metricsFolder: string): Record<string, number> {
    const { metrics, session, stepCount } = this.state;
    writeSplitModel(modelFolder, {
      split: this.#split,
      size: this.#settings,
      session,
      group: POLICY,
      config: this.#config,
      tokenizerFrom: this.#inputs.modelFolder,
      template: this.#settings.template,
    });
    return writeMetrics(metricsFolder, metrics, {
      steps: stepCount,
      pairs: this.#pairs.length,
      trainLoss: metrics.last('train/loss') ?? 0,
      validationLoss: metrics.last('validation/loss') ?? 0,
      validationLossBefore: metrics.rows[0]?.['validation/loss'] ?? 0,
    });
  }

  /** The state at step 0, with graphs for rows of these lengths. */
  #open(lengths: number[]): TrainingState {
    const settings = this.#settings;
    const { modelFolder, graphFolder, seed, rateChanges } = this.#inputs;
    const program = languageModelProgram(this.#config, {
      batchSize: this.#partSize,
      lengths,
      adam: settings,
      size: settings,
    });
    const session = compileProgram(program, graphFolder, settings.compute);
    const [split, group] = [this.#split, POLICY];
    loadSplitModel(session, program, { split, group, folder: modelFolder, seed });
    return new TrainingState({
      program,
      session,
      weights: POLICY,
      settings: { ...settings, rateChanges },
      stepCount: this.#batches.stepCount,
      judgedBy: { metric: 'validation/loss', better: 'lower' },
    });
  }

  #validate(): Record<string, number> {
    const loss = validationLoss(this.state.session, this.#validation, {
      batchSize: this.#partSize,
      maxTokens: this.#settings.maxTokens,
      padId: this.#tokenizer.padId,
    });
    return { 'validation/loss': loss };
  }

  /** Rows of one call. */
  get #partSize(): number {
    return this.#settings.batchSize / this.#settings.gradientAccumulationSteps;
  }
}
