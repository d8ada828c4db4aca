import type { ArtifactRef, CheckpointRef } from './artifact.js';
import type { CollectSettings } from '../recipe/sections/collect.js';
import type { LabelRewardsSettings } from '../recipe/sections/training.js';
import type { EvaluateSettings, PublishSettings } from '../recipe/sections/evaluate.js';
import type { ProvidersSettings } from '../recipe/sections/providers.js';
import type { Sampling } from '../recipe/sections/ppo.js';
import type {
  Allowance,
  CollectedShard,
  CollectionPlan,
  ScoredShard,
  ShardPlan,
  Spending,
} from './shards.js';
import type {
  AdmittedRecipe,
  OpenedStage,
  OpenStageInput,
  StageRecord,
  StageStatus,
} from './stages.js';
import type { RateChange, SegmentInput, SegmentResult } from './training.js';

/** Every activity of Burnish; its pool and its time limit stand in `activity-table.ts`. */
export interface BurnishActivities {
  /** Parses the recipe, checks files and store, uploads the base model. Fails with RecipeInvalidError listing every mistake. */
  admitRecipe(recipe: unknown): Promise<AdmittedRecipe>;
  /** The stage's key, and the result that an earlier run committed under it. */
  openStage(input: OpenStageInput): Promise<OpenedStage>;
  /** Keeps a stage's result for later runs. */
  commitStage(record: StageRecord): Promise<StageRecord>;
  /** Stores the policy under a version of its own; the alias points to it unless a threshold objects. */
  publishModel(input: PublishInput): Promise<PublishOutcome>;
  /** Writes the run's page: `report` artifact with index.html and report.json. */
  renderReport(input: ReportInput): Promise<ArtifactRef>;
  /** Deletes checkpoints of a finished training but the newest, those kept for good and the pinned. */
  pruneCheckpoints(input: {
    stageKey: string;
    keep: number;
    every?: number | null;
    best?: boolean;
    pinned: CheckpointRef[];
    /** Where the training went back, if it did: the paths it left are pruned too. */
    rateChanges?: RateChange[];
  }): Promise<{ removed: number }>;

  /** Reads what is new in the sources, filters it, uploads shards of clean rows. */
  planCollection(input: {
    settings: CollectSettings;
    seed: number;
    /** The recipe's name: its next run goes on from what this one read. */
    recipe: string;
    stageKey: string;
  }): Promise<CollectionPlan>;
  /** Makes the pairs of one shard by asking the providers for what is not recorded yet. */
  collectShard(input: CollectShardInput): Promise<CollectedShard>;
  /** Joins the shards into the `dataset` artifact: {train,validation,test}.jsonl, prompts-train.jsonl, rejected.jsonl, card.json. */
  mergeCollection(input: {
    settings: CollectSettings;
    plan: CollectionPlan;
    shards: CollectedShard[];
    /** By provider, in this run and before. */
    spent: Spending;
  }): Promise<{ dataset: ArtifactRef; summary: Record<string, number> }>;

  /** Trains from the newest committed checkpoint until done, out of time, or asked to stop. */
  trainSegment(input: SegmentInput): Promise<SegmentResult>;

  /** Chooses the texts to label (targets, plain, corrupted) and draws the fine-tuned model's samples. */
  sampleForLabels(input: {
    settings: LabelRewardsSettings;
    seed: number;
    dataset: ArtifactRef;
    model: ArtifactRef;
    sampling: Sampling;
    batchSize: number;
  }): Promise<{ texts: ArtifactRef; summary: Record<string, number> }>;
  /** The methods' texts for held-out descriptions: unchanged, fixed tail, SFT, PPO, the data's target. */
  rewriteHeldOut(input: {
    settings: EvaluateSettings;
    seed: number;
    dataset: ArtifactRef;
    fineTuned: ArtifactRef;
    policy: ArtifactRef;
    /** Both given: their scores of every text are shown beside the scorer's. */
    pickReward?: ArtifactRef;
    aestheticReward?: ArtifactRef;
    batchSize: number;
  }): Promise<{ texts: ArtifactRef }>;

  /** Divides the texts of an artifact into shards to be scored, equal ones once. */
  planScores(input: { of: TextsToScore; texts: ArtifactRef; stageKey: string }): Promise<ShardPlan>;
  /** Scores the texts of one shard by asking the providers for what is not recorded yet. */
  scoreShard(input: ScoreShardInput): Promise<ScoredShard>;
  /** Joins texts and scores into the `labels` artifact with train.jsonl, validation.jsonl. */
  labelTexts(input: {
    texts: ArtifactRef;
    /** One artifact a shard. */
    scores: ArtifactRef[];
  }): Promise<{ labels: ArtifactRef; summary: Record<string, number> }>;
  /** Compares the methods by the scores of their texts: `evaluation` artifact with evaluation.json, texts.jsonl. */
  evaluateTexts(input: {
    settings: EvaluateSettings;
    providers: ProvidersSettings;
    seed: number;
    texts: ArtifactRef;
    labels: ArtifactRef;
    scores: ArtifactRef[];
  }): Promise<{ evaluation: ArtifactRef; summary: Record<string, number> }>;
  /** Compares the scorer's own scores with a PPO run's samples.jsonl: `metrics` artifact with scorer-curve.jsonl. */
  scorePolicySamples(input: {
    metrics: ArtifactRef;
    labels: ArtifactRef;
    scores: ArtifactRef[];
  }): Promise<{ curve: ArtifactRef; summary: Record<string, number> }>;
}

/** What a stage gives for one of its shards, whose rows providers are asked about. */
interface PaidShardInput {
  providers: ProvidersSettings;
  seed: number;
  /** Key of the stage that pays. */
  stageKey: string;
  shardIndex: number;
  /** This shard's part of the providers' limits, 0 to 1. */
  share: number;
  allowance: Allowance;
  /** What the stage had paid for this shard when the allowance was given. */
  prior: Spending;
}

export interface CollectShardInput extends PaidShardInput {
  settings: CollectSettings;
  plan: CollectionPlan;
  /** The base model, whose tokenizer counts where the recipe limits tokens; absent when the recipe pretrains. */
  base?: ArtifactRef;
}

/** Where texts that wait for scores stand: those to label, those of all methods, or a PPO run's samples. */
export type TextsToScore = 'labels' | 'evaluation' | 'samples';

export interface ScoreShardInput extends PaidShardInput {
  imagesPerPrompt: number;
  plan: ShardPlan;
}

export interface PublishInput {
  settings: PublishSettings;
  recipe: AdmittedRecipe;
  runId: string;
  workflowId: string;
  policy: ArtifactRef;
  /** What the policy was written from; it is pinned by the version. */
  checkpoint?: CheckpointRef;
  dataset: ArtifactRef;
  evaluation: ArtifactRef;
}

export interface PublishOutcome {
  /** `<name>-<n>`, absent when refused. */
  version?: string;
  aliasMoved: boolean;
  message: string;
}

export interface ReportInput {
  recipe: AdmittedRecipe;
  runId: string;
  workflowId: string;
  startedAt: string;
  stages: StageStatus[];
  publish?: PublishOutcome;
}
