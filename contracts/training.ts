import type { ArtifactRef, CheckpointRef } from './artifact.js';
import type { Stage, TrainingMethod } from './names.js';

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

/** Input of one segment: start from this checkpoint, train until done, out of time, or asked to stop. */
export interface SegmentInput {
  stage: Stage;
  method: TrainingMethod;
  /** Digest of the stage's name, code version, recipe part and inputs; prefix of its checkpoints. */
  stageKey: string;
  seed: number;
  /** The recipe's section for this stage, already validated. */
  settings: unknown;
  /** Named inputs: `dataset`, `model`, `labels`, `pickReward`, `aestheticReward`. */
  inputs: Record<string, ArtifactRef>;
  /** Absent: start from the newest committed checkpoint of this stage key, or from nothing. */
  from?: CheckpointRef;
  maxSeconds: number;
  /** Seconds between checkpoints inside the segment. */
  checkpointSeconds: number;
  /** Newest checkpoints kept when a newer one is committed. */
  keepCheckpoints: number;
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
