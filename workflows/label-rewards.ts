import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { generateActivities, scoreActivities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runStage } from './run-stage.js';

/** Makes the reward models' labels: texts, some of them the fine-tuned model's, with the providers' scores. */
export async function labelRewards(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control) => {
    const { recipe } = input.recipe;
    const { labelRewards: settings, seed, providers } = recipe;
    await control.untilRunnable();
    const sampled = await control.work(() =>
      generateActivities.sampleForLabels.executeWithOptions(
        { activityId: 'sample', summary: 'Choose texts and draw samples of the fine-tuned model' },
        [
          {
            settings,
            seed,
            dataset: requireInput(input.inputs['dataset'], 'dataset'),
            model: requireInput(input.inputs['model'], 'model'),
            sampling: recipe.optimizePolicy.sampling,
            batchSize: recipe.compute.generateBatchSize,
          },
        ],
      ),
    );
    await control.untilRunnable();
    const labelled = await control.work(() =>
      scoreActivities.labelTexts.executeWithOptions(
        { activityId: 'label', summary: `Score ${settings.rows} texts` },
        [{ settings, providers, seed, texts: sampled.texts }],
      ),
    );
    return {
      outputs: { texts: sampled.texts, labels: labelled.labels },
      summary: { ...sampled.summary, ...labelled.summary },
    };
  });
}
