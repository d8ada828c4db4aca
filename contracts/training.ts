import { z } from 'zod';
import { ppoSchema } from '../recipe/sections/ppo.js';
import { fineTuneSchema, pretrainSchema, rewardModelSchema } from '../recipe/sections/training.js';
import type { Stage } from '../recipe/stage.js';
import type { ArtifactRef, CheckpointRef } from './artifact.js';
import type { TrainingMethod, trainingInputs } from './names.js';

const template = z.string();

/**
 * What each method is given: the recipe's section of its stage, and the template of the recipe's model.
 *
 * The recipe is checked when it is admitted. The engine process parses a job's settings once more, at its edge, where
 * they may come from a segment that was started by hand or by an older Burnish; nothing between the two parses them.
 */
export const trainingSettings = {
  pretrain: pretrainSchema.extend({ template }),
  sft: fineTuneSchema.extend({ template }),
  reward: rewardModelSchema.extend({ template }),
  ppo: ppoSchema.extend({ template }),
} satisfies Record<TrainingMethod, z.ZodType>;
export type TrainingSettings = {
  [Method in TrainingMethod]: z.infer<(typeof trainingSettings)[Method]>;
};

/** What a method learns and from what; `Place` is how its inputs are given: as references, or as local folders. */
export type TrainingTask<Place = ArtifactRef, Method extends TrainingMethod = TrainingMethod> = {
  [One in Method]: {
    method: One;
    settings: TrainingSettings[One];
    inputs: Record<(typeof trainingInputs)[One][number], Place>;
  };
}[Method];

/** How far a training is: a small record that heartbeats, queries and the command line show. */
export interface TrainingProgress {
  stage: Stage;
  /** Optimiser steps (SFT, reward, pretraining) or PPO iterations done. */
  stepIndex: number;
  stepCount: number;
  /** Loss of the newest step (PPO: mean score of the newest rollouts). */
  metric: { name: string; value: number };
  tokensPerSecond: number;
  secondsLeft: number;
  checkpoint?: CheckpointRef;
}

/** A measure of a training step that its guard refused; nothing of that step is saved. */
export interface Divergence {
  /** What was measured: `loss`, `gradient norm`, `KL`, `score`, `first ratio`, or another number of the step. */
  measure: string;
  /** As text: it may be NaN or Infinity, which JSON cannot say. */
  value: string;
  /** What was expected, in words: `at most 100 nats a text`. */
  expected: string;
  /** Steps done before the one that diverged. */
  stepIndex: number;
}

/** From this step on the learning rate is multiplied by the factor; several multiply. */
export interface RateChange {
  fromStep: number;
  factor: number;
}

/** A divergence, and what followed. */
export interface AnsweredDivergence extends Divergence {
  /** `waits`: for an operator's `resume` or `stop`. */
  answer: 'went back' | 'waits' | 'ended';
  /** Where it went back to; with `went back` only. */
  rateChange?: RateChange;
}

/** Input of one segment: start from this checkpoint, train until done, out of time, or asked to stop. */
export type SegmentInput = TrainingTask & Segment;

export interface Segment {
  stage: Stage;
  /** Digest of the stage's name, code version, recipe part and inputs; prefix of its checkpoints while it never went back. */
  stageKey: string;
  seed: number;
  /** Absent: start from the newest committed checkpoint of this stage key, or from nothing. */
  from?: CheckpointRef;
  /**
   * Where the training went back to, oldest first; absent: never. With the stage key it names the path of the
   * training and so the prefix of its checkpoints.
   */
  rateChanges?: RateChange[];
  maxSeconds: number;
  /** Seconds between checkpoints inside the segment. */
  checkpointSeconds: number;
  /** Newest checkpoints kept when a newer one is committed. */
  keepCheckpoints: number;
  /** The first checkpoint at or past each multiple of this many steps is kept too; null or absent: none. */
  keepCheckpointEvery?: number | null;
  /** True: the best checkpoint is kept too. */
  keepBestCheckpoint?: boolean;
}

export interface SegmentResult {
  /** `completed`: all steps done, `result` is there. `paused`: out of time or asked to stop. */
  status: 'completed' | 'paused';
  progress: TrainingProgress;
  checkpoint: CheckpointRef;
  /** How often this segment was tried, this time included. */
  attempts: number;
  result?: TrainingResult;
}

export interface TrainingResult {
  /** A Hugging Face folder (`model` or `reward-model`). */
  model: ArtifactRef;
  /** `metrics.jsonl` (one record a logged step) and `summary.json`; PPO also `samples.jsonl`. */
  metrics: ArtifactRef;
  /** Scalars of `summary.json`, small enough to show. */
  summary: Record<string, number>;
}
