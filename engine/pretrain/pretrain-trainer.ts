import { join } from 'node:path';
import { promptPairSchema, promptRowSchema } from '../../contracts/records.js';
import type { TrainingSettings } from '../../contracts/training.js';
import { readRecords } from '../../files/jsonl.js';
import { countedTokens, everyBucket, packRows } from '../batches/pack-rows.js';
import { POOL } from '../batches/plan-batches.js';
import { compileProgram } from '../graph/compile.js';
import { bloomShapes } from '../model/bloom.js';
import { initialWeights } from '../model/initial-weights.js';
import { languageModelProgram, POLICY } from '../model/language-model.js';
import { partsOf, resetOptimiser } from '../optim/optimiser-step.js';
import { assertTemplateFits, encodePair, type TokenRow } from '../prompts/template.js';
import { bloomSpecialTokens, type TokenizerJson } from '../tokenizer/tokenizer-json.js';
import { createTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { trainByteLevelBpe } from '../tokenizer/train-bpe.js';
import { writeMetrics } from '../training/metric-log.js';
import { supervisedStep, validationLoss } from '../training/supervised-step.js';
import type { StepReport, Trainer, TrainerInputs } from '../training/train.js';
import { TrainingState } from '../training/training-state.js';
import { newBloomConfig, type BloomConfig } from '../weights/bloom-config.js';
import { writeModel } from '../weights/session-weights.js';
import { createMixture } from './mixture.js';

type PretrainSettings = TrainingSettings['pretrain'];

const VALIDATION_ROWS = 192;
const VALIDATIONS = 20;

/** Shares no factor with {@link POOL}: short and long batches alternate. */
const POOL_STRIDE = 7;

interface PretrainInputs extends TrainerInputs {
  datasetFolder: string;
}

/**
 * Trains a small BLOOM and its tokenizer from nothing on a mixture of pairs, prompts and copying.
 *
 * The rate follows a cosine to `finalShare`. Source: ours; a study of what small models learn in minutes.
 */
export class PretrainTrainer implements Trainer {
  readonly state: TrainingState;
  readonly #settings: PretrainSettings;
  readonly #tokenizerJson: TokenizerJson;
  readonly #tokenizer: Tokenizer;
  readonly #config: BloomConfig;
  readonly #validation: TokenRow[];
  /** Row of the endless mixture. */
  readonly #rowAt: (index: number) => TokenRow;
  /** The pool of batches that was asked for last. */
  #pool: { number: number; batches: TokenRow[][] } | undefined;

  /** @throws InputInvalidError if the template is too long for prompts, or the dataset holds a row that is not as expected. */
  constructor(settings: PretrainSettings, inputs: PretrainInputs) {
    const { maxTokens, template, vocabularySize } = settings;
    const { datasetFolder, graphFolder, seed, rateChanges } = inputs;
    this.#settings = settings;
    const promptRows = readRecords(join(datasetFolder, 'prompts-train.jsonl'), promptRowSchema);
    const prompts = promptRows.map((row) => row.prompt);
    const pairs = readRecords(join(datasetFolder, 'train.jsonl'), promptPairSchema);
    const asked = pairs.map(({ x }) => template.replace('{x}', () => x));
    this.#tokenizerJson = trainByteLevelBpe([...prompts.map((prompt) => ` ${prompt}`), ...asked], {
      vocabularySize,
      specialTokens: bloomSpecialTokens,
    });
    const tokenizer = createTokenizer(this.#tokenizerJson);
    this.#tokenizer = tokenizer;
    assertTemplateFits(tokenizer, template);
    this.#config = configOf(settings, tokenizer);
    this.#rowAt = createMixture({ pairs, prompts }, { tokenizer, template, settings, seed });
    this.#validation = readRecords(join(datasetFolder, 'validation.jsonl'), promptPairSchema)
      .slice(0, VALIDATION_ROWS)
      .map((pair) => encodePair(tokenizer, pair, { template, maxTokens, countPrompt: false }));

    const program = languageModelProgram(this.#config, {
      batchSize: settings.batchSize,
      lengths: everyBucket(maxTokens),
      adam: settings,
    });
    const session = compileProgram(program, graphFolder, settings.compute);
    session.write(POLICY, initialWeights(this.#config, seed));
    resetOptimiser(session, program);
    this.state = new TrainingState({
      program,
      session,
      weights: POLICY,
      settings: { ...settings, rateChanges },
      stepCount: settings.steps,
      judgedBy: { metric: 'validation/loss', better: 'lower' },
    });
  }

  step(): StepReport {
    const rows = this.#batchAt(this.state.stepIndex);
    return supervisedStep(
      this.state,
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
    writeModel(modelFolder, {
      session,
      group: POLICY,
      config: this.#config,
      tokenizerJson: this.#tokenizerJson,
      template: this.#settings.template,
      dtype: 'BF16',
      shapes: bloomShapes(this.#config),
    });
    return writeMetrics(metricsFolder, metrics, {
      steps: stepCount,
      trainLoss: metrics.last('train/loss') ?? 0,
      validationLoss: metrics.last('validation/loss') ?? 0,
    });
  }

  /** Rows of a step: a pool of rows is made from their numbers, sorted by length and cut into batches. */
  #batchAt(stepIndex: number): TokenRow[] {
    const { batchSize } = this.#settings;
    const number = Math.floor(stepIndex / POOL);
    if (this.#pool?.number !== number) {
      const rows = Array.from({ length: POOL * batchSize }, (_, index) =>
        this.#rowAt(number * POOL * batchSize + index),
      );
      rows.sort((a, b) => a.ids.length - b.ids.length);
      this.#pool = { number, batches: partsOf(rows, POOL) };
    }
    return this.#pool.batches[((stepIndex % POOL) * POOL_STRIDE) % POOL]!;
  }

  #validate(): Record<string, number> {
    const { batchSize, maxTokens } = this.#settings;
    const loss = validationLoss(this.state.session, this.#validation, {
      batchSize,
      maxTokens,
      padId: this.#tokenizer.padId,
    });
    return { 'validation/loss': loss };
  }
}

function configOf(settings: PretrainSettings, tokenizer: Tokenizer): BloomConfig {
  return {
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
}
