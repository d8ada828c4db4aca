import { createPlanScores } from '../../../activities/score/plan-scores.js';
import {
  createScoreShard,
  type ScoreShardDependencies,
} from '../../../activities/score/score-shard.js';
import type { TextsToScore } from '../../../contracts/activities.js';
import type { ArtifactRef } from '../../../contracts/artifact.js';
import { providersSchema, type ProvidersSettings } from '../../../recipe/sections/providers.js';
import type { ScoredShard } from '../../../contracts/shards.js';
import { runActivity } from '../fakes/run-activity.js';

/** The shards of an artifact's texts, all scored at once and without a budget. */
export async function scoreAll(
  dependencies: ScoreShardDependencies,
  asked: {
    of: TextsToScore;
    texts: ArtifactRef;
    providers?: ProvidersSettings;
    seed?: number;
    imagesPerPrompt?: number;
  },
): Promise<{ shards: ScoredShard[]; scores: ArtifactRef[] }> {
  const { of, texts, seed = 3, imagesPerPrompt = 1 } = asked;
  const { providers = providersSchema.parse({}) } = asked;
  const stageKey = 'a'.repeat(64);
  const plan = await runActivity(createPlanScores(dependencies), { of, texts, stageKey });
  const settings = { stageKey, providers, seed, imagesPerPrompt };
  const shards = await Promise.all(
    Array.from({ length: plan.shardCount }, (_, shardIndex) => {
      const shard = { plan, shardIndex, share: 0.25, allowance: {}, prior: {} };
      return runActivity(createScoreShard(dependencies), { ...settings, ...shard });
    }),
  );
  return { shards, scores: shards.flatMap((shard) => shard.scores ?? []) };
}
