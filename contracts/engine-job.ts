import { z } from 'zod';
import type { CheckpointQuality } from './artifact.js';
import { samplingSchema, type Sampling } from '../recipe/sections/ppo.js';
import type { RateChange, TrainingTask } from './training.js';

/**
 * What the worker asks of the engine process, and what it gets back. Folders, not bytes, cross this boundary:
 * the worker fetches inputs before and uploads results after.
 */
export type TrainJob = TrainingTask<string> & TrainTerms;

/** What is the same for a job of any method; its inputs are local folders. */
export interface TrainTerms {
  kind: 'train';
  seed: number;
  /** Folder of a checkpoint to go on from; absent: from step 0. */
  resumeFrom?: string;
  /** Digest of that checkpoint; if the process still holds this state it goes on at once, and needs no folder. */
  resumeDigest?: string;
  /** Lower learning rates after guards tripped; absent: none. */
  rateChanges?: RateChange[];
  /** Empty folder for what this job writes. */
  workFolder: string;
  /** The job ends with a checkpoint when this much time has passed. */
  maxSeconds: number;
  /** Seconds between checkpoints inside the job. */
  checkpointSeconds: number;
}

/** Texts from a model folder: row i of `texts` depends on (seed, rowKeys[i]) alone. */
export interface GenerateJob {
  kind: 'generate';
  modelFolder: string;
  /** Plain descriptions; the engine applies the model's template. */
  prompts: string[];
  /** One key a prompt, so that a row's text does not depend on its batch. */
  rowKeys: number[];
  seed: number;
  sampling: Sampling;
  batchSize: number;
  /** True: each text is sent as it grows. */
  stream?: boolean;
}

export interface GeneratedText {
  text: string;
  /** True if the model ended the text itself. */
  ended: boolean;
  tokenCount: number;
}

/** Scores of (x, y) by a reward model, in the units of its labels. */
export interface PredictJob {
  kind: 'predict';
  modelFolder: string;
  rows: { x: string; y: string }[];
  batchSize: number;
}

/** Numbers of a job without training that the engine works with; they come from a recipe or from options. */
export const jobNumbersSchema = z.object({
  batchSize: z.int().min(1),
  sampling: samplingSchema.optional(),
});

export type EngineJob = TrainJob | GenerateJob | PredictJob;

export interface EngineProgress {
  stepIndex: number;
  stepCount: number;
  metric: { name: string; value: number };
  tokensPerSecond: number;
  secondsLeft: number;
}

export interface EngineCheckpoint {
  stepIndex: number;
  /** Folder with the checkpoint's files, complete when this is sent; the receiver deletes it when uploaded. */
  folder: string;
  /** The newest value of the metric the method is judged by; absent before it was first measured. */
  quality?: CheckpointQuality;
}

/** Ends a TrainJob. */
export interface TrainOutcome {
  status: 'completed' | 'paused';
  progress: EngineProgress;
  checkpoint: EngineCheckpoint;
  /** When completed: folders of the results and the scalars of summary.json. */
  result?: { modelFolder: string; metricsFolder: string; summary: Record<string, number> };
}

export interface EngineJobResult {
  train: TrainOutcome;
  generate: { rows: GeneratedText[]; tokensPerSecond: number };
  predict: { scores: number[] };
}
