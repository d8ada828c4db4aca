import type { StageInput, StageOutcome, StageWork } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runStage } from './run-stage.js';
import { scoreTexts } from './score-texts.js';
import type { StageControl } from './stage-control.js';

/** Makes the reward models' labels: texts, some of them the fine-tuned model's, with the providers' scores. */
export async function labelRewards(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const { imagesPerPrompt } = input.recipe.recipe.labelRewards;
    const work = input.carried?.work ?? (await sampleTexts(input, control));
    const texts = requireInput(work.outputs['texts'], 'texts');
    const task = { stageKey, of: 'labels', texts, imagesPerPrompt, work } as const;
    const scores = await scoreTexts(input, control, task);
    const labelled = await control.work(() =>
      activities.labelTexts.executeWithOptions(
        { activityId: 'label', summary: 'Join texts and scores into labels' },
        [{ texts, scores }],
      ),
    );
    return {
      outputs: { texts, labels: labelled.labels },
      summary: { ...work.summary, ...labelled.summary },
    };
  });
}

async function sampleTexts(input: StageInput, control: StageControl): Promise<StageWork> {
  const { labelRewards: settings, optimizePolicy, compute, seed } = input.recipe.recipe;
  await control.untilRunnable();
  const { texts, summary } = await control.work(() =>
    activities.sampleForLabels.executeWithOptions(
      { activityId: 'sample', summary: 'Choose texts and draw samples of the fine-tuned model' },
      [
        {
          settings,
          seed,
          dataset: requireInput(input.inputs['dataset'], 'dataset'),
          model: requireInput(input.inputs['model'], 'model'),
          sampling: optimizePolicy.sampling,
          batchSize: compute.generateBatchSize,
        },
      ],
    ),
  );
  return { outputs: { texts }, summary };
}
