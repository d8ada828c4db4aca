import type { ArtifactRef } from '../contracts/artifact.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { TrainingMethod } from '../contracts/names.js';
import { scoreActivities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runSegments } from './run-segments.js';
import { runStage } from './run-stage.js';

/** Optimises the policy by PPO, then has its samples scored by the scorer itself. */
export async function optimizePolicy(input: StageInput): Promise<StageOutcome> {
  const { labels, ...inputs } = input.inputs;
  return runStage(input, async (control, stageKey) => {
    const { recipe } = input.recipe;
    const settings = { ...recipe.optimizePolicy, template: recipe.model.template };
    const trained = await runSegments(input, control, {
      stageKey,
      task: { method: TrainingMethod.ppo, settings, inputs },
    });
    await control.untilRunnable();
    const scored = await control.work(() =>
      scoreActivities.scorePolicySamples.executeWithOptions(
        { activityId: 'score-samples', summary: "Score the policy's samples as it learned" },
        [
          {
            providers: recipe.providers,
            seed: recipe.seed,
            imagesPerPrompt: recipe.labelRewards.imagesPerPrompt,
            metrics: trained.metrics,
            labels: requireInput(labels, 'labels'),
          },
        ],
      ),
    );
    const outputs: Record<string, ArtifactRef> = {
      model: trained.model,
      metrics: trained.metrics,
      curve: scored.curve,
    };
    const summary = { ...trained.summary, ...scored.summary };
    return { outputs, checkpoint: trained.checkpoint, summary };
  });
}
