import type { TextsToScore } from '../contracts/activities.js';
import type { ArtifactRef } from '../contracts/artifact.js';
import type { ScoredShard } from '../contracts/shards.js';
import type { StageWork } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { runShards } from './run-shards.js';
import type { StageRun } from './stage-control.js';

/**
 * The scores of an artifact's texts, shard by shard with a sliding window: an artifact a shard.
 *
 * `work` is what the stage computed before, for a new run of a long workflow.
 * @throws ApplicationFailure BudgetSpentError once a provider's budget is used up; StageStoppedError.
 */
export async function scoreTexts(
  run: StageRun,
  task: { of: TextsToScore; texts: ArtifactRef; imagesPerPrompt: number; work: StageWork },
): Promise<ArtifactRef[]> {
  const { input, control, stageKey } = run;
  const { of, texts, imagesPerPrompt, work } = task;
  const { providers, seed } = input.recipe.recipe;
  await control.untilRunnable();
  const plan =
    input.carried?.plan ??
    (await control.work(() =>
      activities.planScores.executeWithOptions(
        { activityId: 'plan-scores', summary: 'Divide the texts into shards' },
        [{ of, texts, stageKey }],
      ),
    ));
  const lean = { ...plan, spentByShard: {} };
  const { shards } = await runShards<ScoredShard>(run, {
    plan,
    providers: ['images', 'scores'],
    callsPerRow: Math.max(
      Math.ceil(imagesPerPrompt / providers.images.maxPerCall),
      // Two scores of each picture.
      Math.ceil((2 * imagesPerPrompt) / providers.scores.maxBatch),
    ),
    isWhole: ({ scores }) => scores !== undefined,
    ask: (asked) =>
      activities.scoreShard.executeWithOptions(
        {
          activityId: `score-${String(asked.shardIndex).padStart(5, '0')}`,
          summary: `Score shard ${asked.shardIndex + 1} of ${plan.shardCount}`,
        },
        [{ ...asked, plan: lean, stageKey, providers, seed, imagesPerPrompt }],
      ),
    work,
  });
  await control.untilRunnable();
  return shards.flatMap(({ scores }) => scores ?? []);
}
