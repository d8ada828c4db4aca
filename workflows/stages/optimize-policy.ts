import { trainingInputs, TrainingMethod, WorkflowType } from '../../contracts/names.js';
import type { StageWork } from '../../contracts/stages.js';
import { Stage } from '../../recipe/stage.js';
import { activities } from '../activity-proxies.js';
import { runSegments } from '../run-segments.js';
import { scoreTexts } from '../score-texts.js';
import type { StageRun } from '../stage-control.js';
import { answering, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

/** Optimises the policy by PPO, then has its samples scored by the scorer itself. */
export const optimizePolicy: ComputedStageDefinition = {
  workflowType: WorkflowType.optimizePolicy,
  inputs: (find) => ({
    dataset: find(Stage.collect, 'dataset'),
    model: find(Stage.fineTune, 'model'),
    labels: find(Stage.labelRewards, 'labels'),
    pickReward: find(Stage.pickReward, 'model'),
    aestheticReward: find(Stage.aestheticReward, 'model'),
  }),
  keySettings: ({ recipe }) => ({
    ...recipe.optimizePolicy,
    template: recipe.model.template,
    imagesPerPrompt: recipe.labelRewards.imagesPerPrompt,
    providers: answering(recipe, ['images', 'scores']),
  }),
  compute: async (run) => {
    const { input, control } = run;
    const { imagesPerPrompt } = input.recipe.recipe.labelRewards;
    const work = input.carried?.work ?? (await optimize(run));
    const { metrics } = requireInputs(work.outputs, ['metrics']);
    const scores = await scoreTexts(run, { of: 'samples', texts: metrics, imagesPerPrompt, work });
    const { labels } = requireInputs(input.inputs, ['labels']);
    const scored = await control.work(() =>
      activities.scorePolicySamples.executeWithOptions(
        { activityId: 'score-samples', summary: "Score the policy's samples as it learned" },
        [{ metrics, labels, scores }],
      ),
    );
    const outputs = { ...work.outputs, curve: scored.curve };
    return { ...work, outputs, summary: { ...work.summary, ...scored.summary } };
  },
};

async function optimize(run: StageRun): Promise<StageWork> {
  const { recipe } = run.input.recipe;
  return runSegments(run, {
    method: TrainingMethod.ppo,
    settings: { ...recipe.optimizePolicy, template: recipe.model.template },
    inputs: requireInputs(run.input.inputs, trainingInputs.ppo),
  });
}
