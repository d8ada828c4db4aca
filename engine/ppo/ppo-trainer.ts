import { join } from 'node:path';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { promptPairSchema } from '../../contracts/records.js';
import type { RateChange } from '../../contracts/training.js';
import { decodeTarget, encodePrompt } from '../prompts/template.js';
import { compileProgram } from '../graph/compile.js';
import type { DecodingShape } from '../model/decoding.js';
import { generateTokens } from '../model/generator.js';
import { POLICY } from '../model/language-model.js';
import { MOMENTS } from '../optim/adamw.js';
import { learningRateAt } from '../optim/schedule.js';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { readRecords } from '../../files/jsonl.js';
import { loadState, saveState } from '../training/state-files.js';
import { MetricLog } from '../training/trainer.js';
import type { Trainer } from '../training/trainer.js';
import { readBloomConfig } from '../weights/bloom-config.js';
import { estimateAdvantages, tokenRewards, whiten } from './advantages.js';
import { mean } from '../../text/statistics.js';
import { guardKl, guardScore, guardUpdate } from './guard-iteration.js';
import { iterationMetrics } from './iteration-metrics.js';
import { finishPpo } from './finish-ppo.js';
import type { PpoJobSettings } from './ppo-settings.js';
import { nextCoefficient } from './kl-controller.js';
import { loadPolicy } from './load-policy.js';
import { splitPolicy, ppoProgram } from './ppo-program.js';
import { choosePairs, layOut } from './rollouts.js';
import { ppoStateSchema } from './ppo-state.js';
import type { PpoState } from './ppo-state.js';
import { addValues, noMoments, runningStd } from './running-moments.js';
import { scoreGenerated } from './score-texts.js';
import type { RewardScorer } from './score-texts.js';
import { scoreRollouts } from './score-rollouts.js';
import { updatePolicy } from './update-policy.js';

const PROMPT_STEP = 8;
const GENERATE_BATCH = 64;

interface PpoInputs {
  datasetFolder: string;
  /** The fine-tuned model: start and frozen reference. */
  modelFolder: string;
  score: RewardScorer;
  disposeScorer: () => void;
  graphFolder: string;
  seed: number;
  rateChanges?: readonly RateChange[] | undefined;
}

/**
 * PPO on a fine-tuned BLOOM: a step is one iteration of rollouts, rewards, advantages and minibatch updates.
 *
 * Source: the released code (`train_ppo.py`, trlx 0.6.0) and TRL 0.11.4's arithmetic; each part names its own.
 * @throws TrainingDivergedError when a guard trips: see `guard-iteration.ts`.
 */
export function createPpoTrainer(settings: PpoJobSettings, inputs: PpoInputs): Trainer {
  const { sampling, template, groupSize, rolloutsPerIteration, minibatchSize } = settings;
  if (rolloutsPerIteration % groupSize !== 0 || rolloutsPerIteration % minibatchSize !== 0) {
    throw new InputInvalidError(
      `optimizePolicy.rolloutsPerIteration: expected a multiple of groupSize (${groupSize}) and minibatchSize (${minibatchSize}), found ${rolloutsPerIteration}`,
    );
  }
  const config = readBloomConfig(inputs.modelFolder);
  const tokenizer = loadTokenizer(inputs.modelFolder, config.vocab_size);
  const temperature = sampling.temperature === 0 ? 1 : sampling.temperature;
  const encode = (x: string): number[] =>
    encodePrompt(tokenizer, { template, x }, settings.maxPromptTokens);
  const pairs = readRecords(join(inputs.datasetFolder, 'train.jsonl'), promptPairSchema);
  const watched = readRecords(
    join(inputs.datasetFolder, 'validation.jsonl'),
    promptPairSchema,
  ).slice(0, settings.sampleCount);
  const longest = [...pairs, ...watched].reduce(
    (most, { x }) => Math.max(most, encode(x).length),
    0,
  );
  const decoding: DecodingShape = {
    greedy: sampling.temperature === 0,
    topK: sampling.topK,
    topP: sampling.topP,
    repetitionPenalty: sampling.repetitionPenalty,
    maxNewTokens: sampling.maxNewTokens,
    batchSize: Math.min(GENERATE_BATCH, rolloutsPerIteration),
    promptTokens: Math.ceil(longest / PROMPT_STEP) * PROMPT_STEP,
  };
  const program = ppoProgram(config, { settings, decoding, temperature });
  const session = compileProgram(program, inputs.graphFolder, settings.compute);
  const split = splitPolicy(config, settings);
  loadPolicy(session, program, {
    split,
    config,
    folder: inputs.modelFolder,
    seed: inputs.seed,
  });

  let metrics = new MetricLog();
  let state: PpoState = {
    stepIndex: 0,
    updateCount: 0,
    klCoefficient: settings.kl.coefficient,
    moments: noMoments,
    samples: [],
  };

  const generate = (prompts: number[][], rowKeys: number[], stream: number): number[][] =>
    generateTokens(session, decoding, {
      prompts,
      rowKeys,
      seed: inputs.seed + stream,
      temperature: sampling.temperature,
      endId: tokenizer.endId,
      padId: tokenizer.padId,
    });

  const watch = (iteration: number): void => {
    const texts = generate(
      watched.map(({ x }) => encode(x)),
      watched.map((_, index) => index),
      1,
    ).map((ids) => decodeTarget(tokenizer, ids));
    const rows = watched.map((pair, index) => ({
      x: pair.x,
      y: texts[index]!.text,
      target: pair.y,
      ended: texts[index]!.ended,
    }));
    const scores = scoreGenerated(rows, inputs.score, { reward: settings.reward, groupSize: 1 });
    rows.forEach(({ x, y }, index) =>
      state.samples.push({
        iteration,
        rowId: watched[index]!.rowId,
        x,
        y,
        rewardModelScore: scores.mixed[index]!,
      }),
    );
  };

  const trainer: Trainer = {
    stepCount: settings.iterations,
    stepIndex: 0,
    step() {
      const iteration = trainer.stepIndex;
      if (iteration === 0) watch(0);

      // 1. Rollouts: groupSize texts of each chosen description.
      const chosen = choosePairs(pairs, {
        iteration,
        count: rolloutsPerIteration / groupSize,
        seed: inputs.seed,
      });
      const members = chosen.flatMap(({ pair, number }) =>
        Array.from({ length: groupSize }, (_, index) => ({
          pair,
          key: number * groupSize + index,
        })),
      );
      const prompts = members.map(({ pair }) => encode(pair.x));
      const responses = generate(
        prompts,
        members.map(({ key }) => key),
        0,
      );
      const texts = responses.map((ids) => decodeTarget(tokenizer, ids));

      // 2. Scores, scaled by their running standard deviation.
      const rows = members.map(({ pair }, index) => ({
        x: pair.x,
        y: texts[index]!.text,
        target: pair.y,
        ended: texts[index]!.ended,
      }));
      const scores = scoreGenerated(rows, inputs.score, { reward: settings.reward, groupSize });
      const { clip } = settings.reward;
      const clipped = scores.shaped.map((score) => Math.min(Math.max(score, -clip), clip));
      state.moments = addValues(state.moments, clipped);
      const scale = settings.reward.scaleByRunningStd ? runningStd(state.moments) : 1;
      const scaled = clipped.map((score) => score / scale);

      // 3. Log-probabilities, values, rewards a token, advantages.
      const rollouts = layOut(prompts, responses, {
        promptTokens: decoding.promptTokens,
        responseTokens: decoding.maxNewTokens,
        padId: tokenizer.padId,
      });
      const seen = scoreRollouts(
        session,
        rollouts,
        minibatchSize / settings.gradientAccumulationSteps,
      );
      const rewards = tokenRewards(rollouts, {
        ...seen,
        scores: scaled,
        coefficient: state.klCoefficient,
      });
      const { advantages, returns } = estimateAdvantages(rollouts, {
        rewards,
        values: seen.values,
        gamma: settings.gamma,
        lambda: settings.lambda,
      });
      const kl = seen.klByRow.reduce((sum, value) => sum + value, 0) / rollouts.rows;
      guardKl(iteration, kl, settings.guard);
      guardScore(iteration, { rows: metrics.rows, score: mean(scores.mixed) }, settings.guard);

      // 4. Updates on minibatches, in several passes.
      const learningRate = learningRateAt(iteration, settings.iterations, {
        ...settings,
        rateChanges: inputs.rateChanges,
      });
      const update = updatePolicy(session, {
        rollouts,
        seen: { ...seen, advantages: whiten(advantages, rollouts.mask), returns },
        settings,
        learningRate,
        updateCount: state.updateCount,
        keys: [inputs.seed, iteration],
      });
      state.updateCount += update.count;
      guardUpdate(iteration, update, settings.guard);

      trainer.stepIndex += 1;
      metrics.add(
        trainer.stepIndex,
        iterationMetrics({
          rollouts,
          seen,
          returns,
          scores,
          scaled,
          texts,
          update,
          kl,
          scale,
          learningRate,
          coefficient: state.klCoefficient,
        }),
      );
      state.klCoefficient = nextCoefficient(
        state.klCoefficient,
        { kl, rolloutCount: rollouts.rows },
        settings.kl,
      );
      if (
        trainer.stepIndex % settings.sampleEvery === 0 ||
        trainer.stepIndex === settings.iterations
      )
        watch(trainer.stepIndex);
      return {
        metric: { name: 'score', value: mean(scores.mixed) },
        tokenCount: responses.reduce((sum, ids) => sum + ids.length, 0),
      };
    },
    quality: () => metrics.quality('objective/score', 'higher'),
    save: (folder) => {
      saveState(folder, {
        program,
        session,
        groups: [POLICY, MOMENTS],
        state: { ...state, stepIndex: trainer.stepIndex },
        metrics,
      });
    },
    restore(folder) {
      const loaded = loadState(folder, { session, groups: [POLICY, MOMENTS] });
      state = ppoStateSchema.parse(loaded.state);
      metrics = loaded.metrics;
      trainer.stepIndex = state.stepIndex;
    },
    finish: (modelFolder, metricsFolder) =>
      finishPpo(
        {
          session,
          config,
          split,
          settings,
          metrics,
          samples: state.samples,
          fromFolder: inputs.modelFolder,
        },
        modelFolder,
        metricsFolder,
      ),
    dispose: () => {
      session.dispose();
      inputs.disposeScorer();
    },
  };
  return trainer;
}
