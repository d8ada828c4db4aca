import type { StageInput, StageOutcome, StageWork } from '../contracts/stages.js';
import { TrainingMethod } from '../contracts/names.js';
import { activities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runSegments } from './run-segments.js';
import { runStage } from './run-stage.js';
import { scoreTexts } from './score-texts.js';
import type { StageControl } from './stage-control.js';

/** Optimises the policy by PPO, then has its samples scored by the scorer itself. */
export async function optimizePolicy(input: StageInput): Promise<StageOutcome> {
  const { labels, ...inputs } = input.inputs;
  return runStage(input, async (control, stageKey) => {
    const { imagesPerPrompt } = input.recipe.recipe.labelRewards;
    const work = input.carried?.work ?? (await train(input, control, { stageKey, inputs }));
    const metrics = requireInput(work.outputs['metrics'], 'metrics');
    const task = { stageKey, of: 'samples', texts: metrics, imagesPerPrompt, work } as const;
    const scores = await scoreTexts(input, control, task);
    const scored = await control.work(() =>
      activities.scorePolicySamples.executeWithOptions(
        { activityId: 'score-samples', summary: "Score the policy's samples as it learned" },
        [{ metrics, labels: requireInput(labels, 'labels'), scores }],
      ),
    );
    const outputs = { ...work.outputs, curve: scored.curve };
    return { ...work, outputs, summary: { ...work.summary, ...scored.summary } };
  });
}

async function train(
  input: StageInput,
  control: StageControl,
  { stageKey, inputs }: { stageKey: string; inputs: StageInput['inputs'] },
): Promise<StageWork> {
  const { recipe } = input.recipe;
  const settings = { ...recipe.optimizePolicy, template: recipe.model.template };
  const trained = await runSegments(input, control, {
    stageKey,
    task: { method: TrainingMethod.ppo, settings, inputs },
  });
  const { model, metrics, checkpoint, summary } = trained;
  return { outputs: { model, metrics }, checkpoint, summary };
}
