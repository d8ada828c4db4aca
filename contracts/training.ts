import type { ArtifactRef, CheckpointRef } from './artifact.js';
import type { TrainingMethod } from './names.js';
import type { Stage } from '../recipe/stage.js';

/** A small record that heartbeats, queries and the command line show. */
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

/** A guard of the training that tripped; nothing of its step is saved. */
export interface GuardTrip {
  /** What was measured: `loss`, `gradient norm`, `KL`, `score`, `first ratio`, or another number of the step. */
  measure: string;
  /** As text: it may be NaN or Infinity, which JSON cannot say. */
  value: string;
  /** What was expected, in words: `at most 100 nats a text`. */
  expected: string;
  /** Steps done before the one that tripped. */
  stepIndex: number;
}

/** From this step on the learning rate is multiplied by the factor; several multiply. */
export interface RateChange {
  fromStep: number;
  factor: number;
}

/** A guard that tripped, and what followed. */
export interface AnsweredTrip extends GuardTrip {
  /** `waits`: for an operator's `resume` or `stop`. */
  answer: 'went back' | 'waits' | 'ended';
  /** Where it went back to; with `went back` only. */
  rateChange?: RateChange;
}

/** Input of one segment: start from this checkpoint, train until done, out of time, or asked to stop. */
export interface SegmentInput {
  stage: Stage;
  method: TrainingMethod;
  /** Digest of the stage's name, code version, recipe part and inputs; prefix of its checkpoints while it never went back. */
  stageKey: string;
  seed: number;
  /** The recipe's section for this stage, already validated. */
  settings: unknown;
  /** Named inputs: `dataset`, `model`, `labels`, `pickReward`, `aestheticReward`. */
  inputs: Record<string, ArtifactRef>;
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
  /** Of every so many steps the first checkpoint at or past them is kept too; null or absent: none. */
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
