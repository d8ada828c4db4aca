import { WorkflowType } from '../../contracts/names.js';
import type { StageWork } from '../../contracts/stages.js';
import { Stage } from '../../recipe/stage.js';
import { activities } from '../activity-proxies.js';
import { scoreTexts } from '../score-texts.js';
import type { StageRun } from '../stage-control.js';
import { answering, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

/** Compares every method on held-out descriptions. */
export const evaluate: ComputedStageDefinition = {
  workflowType: WorkflowType.evaluate,
  inputs: (find) => ({
    dataset: find(Stage.collect, 'dataset'),
    labels: find(Stage.labelRewards, 'labels'),
    fineTuned: find(Stage.fineTune, 'model'),
    policy: find(Stage.optimizePolicy, 'model'),
    pickReward: find(Stage.pickReward, 'model'),
    aestheticReward: find(Stage.aestheticReward, 'model'),
  }),
  keySettings: ({ recipe }) => ({
    ...recipe.evaluate,
    providers: answering(recipe, ['images', 'scores']),
  }),
  compute: async (run) => {
    const { input, control } = run;
    const { evaluate: settings, seed, providers } = input.recipe.recipe;
    const { imagesPerPrompt } = settings;
    const work = input.carried?.work ?? (await rewriteTexts(run));
    const { texts } = requireInputs(work.outputs, ['texts']);
    const scores = await scoreTexts(run, { of: 'evaluation', texts, imagesPerPrompt, work });
    const { labels } = requireInputs(input.inputs, ['labels']);
    const compared = await control.work(() =>
      activities.evaluateTexts.executeWithOptions(
        { activityId: 'evaluate', summary: 'Compare the methods and compute intervals' },
        [{ settings, providers, seed, texts, labels, scores }],
      ),
    );
    return { outputs: { texts, evaluation: compared.evaluation }, summary: compared.summary };
  },
};

async function rewriteTexts({ input, control }: StageRun): Promise<StageWork> {
  const { evaluate: settings, seed, compute } = input.recipe.recipe;
  const { pickReward, aestheticReward } = input.inputs;
  await control.untilRunnable();
  const { texts } = await control.work(() =>
    activities.rewriteHeldOut.executeWithOptions(
      { activityId: 'rewrite', summary: `Rewrite ${settings.prompts} held-out descriptions` },
      [
        {
          settings,
          seed,
          ...requireInputs(input.inputs, ['dataset', 'fineTuned', 'policy']),
          ...(pickReward && { pickReward }),
          ...(aestheticReward && { aestheticReward }),
          batchSize: compute.generateBatchSize,
        },
      ],
    ),
  );
  return { outputs: { texts }, summary: {} };
}
