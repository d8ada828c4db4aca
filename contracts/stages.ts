import type { ArtifactRef, CheckpointRef } from './artifact.js';
import type { CollectedShard, CollectionPlan, ScoredShard, ShardPlan, Spending } from './shards.js';
import type { Stage } from '../recipe/stage.js';
import type { Recipe } from '../recipe/recipe.js';
import type { AnsweredDivergence, TrainingProgress } from './training.js';

/** A recipe that passed every check, with its defaults filled in. */
export interface AdmittedRecipe {
  recipe: Recipe;
  /** SHA-256 of the canonical JSON of the recipe. */
  digest: string;
  /** The model to start from, uploaded as an artifact; absent when the recipe pretrains. */
  base?: ArtifactRef;
  /** SHA-256 of each of `collect.sources`: the recipe only names them. */
  sourceDigests: string[];
}

/** Stages that run as a workflow of their own; the pipeline publishes itself. */
export type ComputedStage = Exclude<Stage, typeof Stage.publish>;

/** What a key is made of: values that JSON can hold; undefined fields are as absent ones. */
export type KeyValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly KeyValue[]
  | { readonly [field: string]: KeyValue };
export type KeySettings = Readonly<Record<string, KeyValue>>;

export interface OpenStageInput {
  stage: Stage;
  /** The parts of the recipe this stage depends on. */
  settings: KeySettings;
  seed: number;
  inputs: Record<string, ArtifactRef>;
  force: boolean;
}

export interface OpenedStage {
  stageKey: string;
  /** The committed result of an earlier run with the same key. */
  reused?: StageRecord;
}

/** What the stage cache keeps under a stage key. */
export interface StageRecord extends StageWork {
  stage: Stage;
  stageKey: string;
  /** Wall time when it was computed, seconds. */
  seconds: number;
  workflowId: string;
  runId: string;
  /** ISO 8601, when it was committed. */
  finishedAt: string;
}

/** What a stage computed. */
export interface StageWork {
  outputs: Record<string, ArtifactRef>;
  /** What the model was written from, for stages that train. */
  checkpoint?: CheckpointRef;
  summary: Record<string, number>;
}

/** Input of every stage's workflow. */
export interface StageInput {
  stage: ComputedStage;
  recipe: AdmittedRecipe;
  inputs: Record<string, ArtifactRef>;
  /** Where a workflow that continued as new takes up. */
  carried?: CarriedStage;
}

/** What a stage's workflow remembers when it continues as new. */
export interface CarriedStage {
  status: StageStatus;
  paused: boolean;
  stageKey: string;
  from?: CheckpointRef;
  /** What a stage computed before it had texts scored. */
  work?: StageWork;
  plan?: CollectionPlan | ShardPlan;
  shards?: (CollectedShard | ScoredShard)[];
  /** What the stage has spent, by provider. */
  spent?: Spending;
}

/** Result of every stage's workflow. */
export interface StageOutcome {
  record: StageRecord;
  reused: boolean;
  status: StageStatus;
}

/** What a stage signals to its pipeline when it changes. */
export type StageChange = Pick<StageStatus, 'stage' | 'state'> &
  Partial<Pick<StageStatus, 'segments' | 'attempts' | 'training' | 'message' | 'trips'>>;

/** One line of the report's timeline; the pipeline's query `progress` shows the same. */
export interface StageStatus {
  stage: Stage;
  state: 'waiting' | 'running' | 'paused' | 'done' | 'reused' | 'failed' | 'skipped';
  workflowId?: string;
  startedAt?: string;
  finishedAt?: string;
  seconds?: number;
  segments?: number;
  attempts?: number;
  outputs?: Record<string, ArtifactRef>;
  summary?: Record<string, number>;
  training?: TrainingProgress;
  /** Divergences of the training, oldest first, and what followed. */
  trips?: AnsweredDivergence[];
  message?: string;
}

export interface PipelineProgress {
  recipe: string;
  recipeDigest?: string;
  state: 'running' | 'paused' | 'waiting for approval' | 'completed' | 'failed' | 'cancelled';
  stages: StageStatus[];
  report?: ArtifactRef;
  version?: string;
}

export interface PipelineResult {
  recipe: string;
  recipeDigest: string;
  stages: StageStatus[];
  report: ArtifactRef;
  /** Absent when publishing was refused. */
  version?: string;
  /** Why the alias did or did not move. */
  publishMessage: string;
}
