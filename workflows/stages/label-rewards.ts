import { WorkflowType } from '../../contracts/names.js';
import type { StageWork } from '../../contracts/stages.js';
import { Stage } from '../../recipe/stage.js';
import { activities } from '../activity-proxies.js';
import { scoreTexts } from '../score-texts.js';
import type { StageRun } from '../stage-control.js';
import { answering, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

/** Makes the reward models' labels: texts, some of them the fine-tuned model's, with the providers' scores. */
export const labelRewards: ComputedStageDefinition = {
  workflowType: WorkflowType.labelRewards,
  inputs: (find) => ({
    dataset: find(Stage.collect, 'dataset'),
    model: find(Stage.fineTune, 'model'),
  }),
  keySettings: ({ recipe }) => ({
    ...recipe.labelRewards,
    sampling: recipe.optimizePolicy.sampling,
    providers: answering(recipe, ['images', 'scores']),
  }),
  compute: async (run) => {
    const { input, control } = run;
    const { imagesPerPrompt } = input.recipe.recipe.labelRewards;
    const work = input.carried?.work ?? (await sampleTexts(run));
    const { texts } = requireInputs(work.outputs, ['texts']);
    const scores = await scoreTexts(run, { of: 'labels', texts, imagesPerPrompt, work });
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
  },
};

async function sampleTexts({ input, control }: StageRun): Promise<StageWork> {
  const { labelRewards: settings, optimizePolicy, compute, seed } = input.recipe.recipe;
  await control.untilRunnable();
  const { texts, summary } = await control.work(() =>
    activities.sampleForLabels.executeWithOptions(
      { activityId: 'sample', summary: 'Choose texts and draw samples of the fine-tuned model' },
      [
        {
          settings,
          seed,
          ...requireInputs(input.inputs, ['dataset', 'model']),
          sampling: optimizePolicy.sampling,
          batchSize: compute.generateBatchSize,
        },
      ],
    ),
  );
  return { outputs: { texts }, summary };
}
