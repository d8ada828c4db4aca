import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { generateActivities, scoreActivities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runStage } from './run-stage.js';

/** Compares every method on held-out descriptions. */
export async function evaluate(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control) => {
    const { evaluate: settings, seed, providers, compute } = input.recipe.recipe;
    const dataset = requireInput(input.inputs['dataset'], 'dataset');
    const { pickReward, aestheticReward } = input.inputs;
    await control.untilRunnable();
    const { texts } = await control.work(() =>
      generateActivities.rewriteHeldOut.executeWithOptions(
        { activityId: 'rewrite', summary: `Rewrite ${settings.prompts} held-out descriptions` },
        [
          {
            settings,
            seed,
            dataset,
            fineTuned: requireInput(input.inputs['fineTuned'], 'fineTuned'),
            policy: requireInput(input.inputs['policy'], 'policy'),
            ...(pickReward && { pickReward }),
            ...(aestheticReward && { aestheticReward }),
            batchSize: compute.generateBatchSize,
          },
        ],
      ),
    );
    await control.untilRunnable();
    const scored = await control.work(() =>
      scoreActivities.evaluateTexts.executeWithOptions(
        { activityId: 'score', summary: 'Score every method and compute intervals' },
        [
          {
            settings,
            providers,
            seed,
            texts,
            labels: requireInput(input.inputs['labels'], 'labels'),
          },
        ],
      ),
    );
    return { outputs: { texts, evaluation: scored.evaluation }, summary: scored.summary };
  });
}
