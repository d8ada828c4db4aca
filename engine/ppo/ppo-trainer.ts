import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { policySampleSchema, promptPairSchema, type PromptPair } from '../../contracts/records.js';
import type { TrainingSettings } from '../../contracts/training.js';
import { formatJsonl, readRecords } from '../../files/jsonl.js';
import { mean } from '../../text/statistics.js';
import { compileProgram } from '../graph/compile.js';
import { decodingShapeOf, type DecodingShape } from '../model/decoding-state.js';
import { generateTokens } from '../model/generator.js';
import { POLICY } from '../model/language-model.js';
import type { TrainableSplit } from '../model/trainable-split.js';
import { decodeTarget, encodePrompt, promptRoom } from '../prompts/template.js';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.js';
import { writeMetrics } from '../training/metric-log.js';
import { writeSplitModel } from '../training/split-model.js';
import type { StepReport, Trainer, TrainerInputs } from '../training/train.js';
import { TrainingState } from '../training/training-state.js';
import {
  readBloomConfig,
  writeGenerationConfig,
  type BloomConfig,
} from '../weights/bloom-config.js';
import { estimateAdvantages, nextCoefficient, tokenRewards, whiten } from './advantages.js';
import { guardKl, guardScore, guardUpdate } from './guard-iteration.js';
import { iterationMetrics } from './iteration-metrics.js';
import { loadPolicy, ppoProgram, splitPolicy } from './ppo-program.js';
import { choosePairs, evaluateRollouts, layOut } from './rollouts.js';
import {
  addValues,
  noMoments,
  runningMomentsSchema,
  runningStd,
  shapeRewards,
  type GeneratedText,
  type RewardScorer,
} from './shape-rewards.js';
import { updatePolicy } from './update-policy.js';

type PpoSettings = TrainingSettings['ppo'];

const GENERATE_BATCH = 64;

/** Added to the seed of the texts that are only looked at. */
const SAMPLE_SEED = 1;

interface PpoInputs extends TrainerInputs {
  datasetFolder: string;
  /** The fine-tuned model: start and frozen reference. */
  modelFolder: string;
  score: RewardScorer;
  disposeScorer: () => void;
}

/** What PPO remembers from iteration to iteration besides tensors and metrics. */
const ppoMemorySchema = z.object({
  /** Optimiser steps so far: fewer than planned when passes ended early. */
  updateCount: z.int().nonnegative(),
  klCoefficient: z.number(),
  /** Of the shaped rewards. */
  moments: runningMomentsSchema,
  samples: z.array(policySampleSchema),
});

/** A text that the policy wrote, with its tokens. */
interface WrittenText extends GeneratedText {
  prompt: number[];
  response: number[];
  /** The end token included. */
  tokenCount: number;
}

/**
 * PPO on a fine-tuned BLOOM: a step is one iteration of rollouts, rewards, advantages and minibatch updates.
 *
 * Source: the released code (`train_ppo.py`, trlx 0.6.0) and TRL 0.11.4's arithmetic; each part names its own.
 */
export class PpoTrainer implements Trainer {
  readonly state: TrainingState<z.infer<typeof ppoMemorySchema>>;
  readonly #settings: PpoSettings;
  readonly #inputs: PpoInputs;
  readonly #config: BloomConfig;
  readonly #tokenizer: Tokenizer;
  readonly #split: TrainableSplit;
  readonly #decoding: DecodingShape;
  readonly #pairs: PromptPair[];
  /** Held-out pairs whose descriptions are rewritten now and then, for people to look at. */
  readonly #watched: PromptPair[];

  /** @throws InputInvalidError if the dataset holds a row that is no pair. */
  constructor(settings: PpoSettings, inputs: PpoInputs) {
    const { sampling, rolloutsPerIteration, iterations, compute } = settings;
    const { modelFolder: folder, datasetFolder, graphFolder, seed, rateChanges } = inputs;
    this.#settings = settings;
    this.#inputs = inputs;
    const config = readBloomConfig(folder);
    this.#config = config;
    this.#tokenizer = loadTokenizer(folder, config.vocab_size);
    const read = (name: string): PromptPair[] =>
      readRecords(join(datasetFolder, name), promptPairSchema);
    this.#pairs = read('train.jsonl');
    this.#watched = read('validation.jsonl').slice(0, settings.sampleCount);
    this.#split = splitPolicy(config, settings);
    const all = [...this.#pairs, ...this.#watched];
    this.#decoding = decodingShapeOf(sampling, {
      batchSize: Math.min(GENERATE_BATCH, rolloutsPerIteration),
      promptTokens: promptRoom(all.map(({ x }) => this.#encode(x).length)),
    });

    const program = ppoProgram(config, {
      settings,
      decoding: this.#decoding,
      temperature: sampling.temperature === 0 ? 1 : sampling.temperature,
    });
    const session = compileProgram(program, graphFolder, compute);
    loadPolicy(session, program, { split: this.#split, config, folder, seed });
    this.state = new TrainingState({
      program,
      session,
      weights: POLICY,
      settings: { ...settings, rateChanges },
      stepCount: iterations,
      judgedBy: { metric: 'objective/score', better: 'higher' },
      memory: {
        schema: ppoMemorySchema,
        start: {
          updateCount: 0,
          klCoefficient: settings.kl.coefficient,
          moments: noMoments,
          samples: [],
        },
      },
      onDispose: inputs.disposeScorer,
    });
  }

  /** @throws TrainingDivergedError when a guard trips: see `guard-iteration.ts`. */
  // eslint-disable-next-line max-lines-per-function -- The iteration reads as one sequence, in the order of the paper.
  step(): StepReport {
    const settings = this.#settings;
    const { groupSize, minibatchSize, reward, guard } = settings;
    const { seed, score } = this.#inputs;
    const { state } = this;
    const { memory, stepIndex: iteration } = state;
    if (iteration === 0) this.#watch();

    // 1. Rollouts: groupSize texts of each chosen description.
    const members = choosePairs(this.#pairs, {
      iteration,
      count: settings.rolloutsPerIteration / groupSize,
      seed,
    }).flatMap(({ pair, number }) =>
      Array.from({ length: groupSize }, (_, index) => ({ pair, key: number * groupSize + index })),
    );
    const texts = this.#write(members, seed);

    // 2. Scores, scaled by their running standard deviation.
    const scores = shapeRewards(texts, score, { reward, groupSize });
    const clipped = scores.shaped.map((value) =>
      Math.min(Math.max(value, -reward.clip), reward.clip),
    );
    memory.moments = addValues(memory.moments, clipped);
    const scale = reward.scaleByRunningStd ? runningStd(memory.moments) : 1;
    const scaled = clipped.map((value) => value / scale);

    // 3. Log-probabilities, values, rewards a token, advantages.
    const responses = texts.map((text) => text.response);
    const prompts = texts.map((text) => text.prompt);
    const rollouts = layOut(prompts, responses, {
      promptTokens: this.#decoding.promptTokens,
      responseTokens: this.#decoding.maxNewTokens,
      padId: this.#tokenizer.padId,
    });
    const partSize = minibatchSize / settings.gradientAccumulationSteps;
    const seen = evaluateRollouts(state.session, rollouts, partSize);
    const coefficient = memory.klCoefficient;
    const rewards = tokenRewards(rollouts, { ...seen, scores: scaled, coefficient });
    const { advantages, returns } = estimateAdvantages(rollouts, {
      rewards,
      values: seen.values,
      gamma: settings.gamma,
      lambda: settings.lambda,
    });
    const kl = mean(seen.klByRow);
    guardKl(iteration, kl, guard);
    guardScore(iteration, { rows: state.metrics.rows, score: mean(scores.mixed) }, guard);

    // 4. Updates on minibatches, in several passes.
    const { learningRate } = state;
    const update = updatePolicy(state, {
      rollouts,
      seen: { ...seen, advantages: whiten(advantages, rollouts.mask), returns },
      settings,
      updateCount: memory.updateCount,
      keys: [seed, iteration],
    });
    memory.updateCount += update.count;
    guardUpdate(iteration, update, guard);

    const measured = { rollouts, seen, returns, scores, scaled, texts, update, kl, scale };
    state.endStep(iterationMetrics({ ...measured, learningRate, coefficient }));
    const observed = { kl, rolloutCount: rollouts.rows };
    memory.klCoefficient = nextCoefficient(coefficient, observed, settings.kl);
    if (state.stepIndex % settings.sampleEvery === 0 || state.stepIndex === state.stepCount)
      this.#watch();
    return {
      metric: { name: 'score', value: mean(scores.mixed) },
      tokenCount: responses.reduce((sum, ids) => sum + ids.length, 0),
    };
  }

  /** Writes the policy without its value head as a Hugging Face folder, and metrics, samples and summary beside it. */
  finish(modelFolder: string, metricsFolder: string): Record<string, number> {
    const { metrics, session, memory } = this.state;
    const settings = this.#settings;
    writeSplitModel(modelFolder, {
      split: this.#split,
      size: settings,
      session,
      group: POLICY,
      config: this.#config,
      tokenizerFrom: this.#inputs.modelFolder,
      template: settings.template,
    });
    writeGenerationConfig(modelFolder, settings.sampling);
    mkdirSync(metricsFolder, { recursive: true });
    writeFileSync(join(metricsFolder, 'samples.jsonl'), formatJsonl(memory.samples));
    const last = (name: string): number => metrics.last(name) ?? 0;
    return writeMetrics(metricsFolder, metrics, {
      iterations: settings.iterations,
      kl: last('objective/kl'),
      score: last('objective/score'),
      scoreBefore: metrics.rows[0]?.['objective/score'] ?? 0,
      klCoefficient: last('kl/coefficient'),
      contentKept: last('reward/content_kept'),
      endedShare: last('tokens/ended_share'),
    });
  }

  #encode(x: string): number[] {
    const { template, maxPromptTokens } = this.#settings;
    return encodePrompt(this.#tokenizer, { template, x }, maxPromptTokens);
  }

  /** What the policy writes for descriptions. A text depends on the policy, the seed and its key alone. */
  #write(members: readonly { pair: PromptPair; key: number }[], seed: number): WrittenText[] {
    const tokenizer = this.#tokenizer;
    const prompts = members.map(({ pair }) => this.#encode(pair.x));
    const responses = generateTokens(this.state.session, this.#decoding, {
      prompts,
      rowKeys: members.map(({ key }) => key),
      seed,
      temperature: this.#settings.sampling.temperature,
      endId: tokenizer.endId,
      padId: tokenizer.padId,
    });
    return members.map(({ pair }, index) => {
      const response = responses[index]!;
      const { text: y, ...rest } = decodeTarget(tokenizer, response);
      return { x: pair.x, y, target: pair.y, ...rest, prompt: prompts[index]!, response };
    });
  }

  /** Adds a sample of each watched description to those that people see. */
  #watch(): void {
    const members = this.#watched.map((pair, key) => ({ pair, key }));
    const texts = this.#write(members, this.#inputs.seed + SAMPLE_SEED);
    const { reward } = this.#settings;
    const { mixed } = shapeRewards(texts, this.#inputs.score, { reward, groupSize: 1 });
    for (const [index, { x, y }] of texts.entries())
      this.state.memory.samples.push({
        iteration: this.state.stepIndex,
        rowId: this.#watched[index]!.rowId,
        x,
        y,
        rewardModelScore: mixed[index]!,
      });
  }
}
