import type { StageInput, StageOutcome, StageWork } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { requireInput } from './require-input.js';
import { runStage } from './run-stage.js';
import { scoreTexts } from './score-texts.js';
import type { StageControl } from './stage-control.js';

/** Compares every method on held-out descriptions. */
export async function evaluate(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const { evaluate: settings, seed, providers } = input.recipe.recipe;
    const work = input.carried?.work ?? (await rewriteTexts(input, control));
    const texts = requireInput(work.outputs['texts'], 'texts');
    const { imagesPerPrompt } = settings;
    const task = { stageKey, of: 'evaluation', texts, imagesPerPrompt, work } as const;
    const scores = await scoreTexts(input, control, task);
    const labels = requireInput(input.inputs['labels'], 'labels');
    const compared = await control.work(() =>
      activities.evaluateTexts.executeWithOptions(
        { activityId: 'evaluate', summary: 'Compare the methods and compute intervals' },
        [{ settings, providers, seed, texts, labels, scores }],
      ),
    );
    return { outputs: { texts, evaluation: compared.evaluation }, summary: compared.summary };
  });
}

async function rewriteTexts(input: StageInput, control: StageControl): Promise<StageWork> {
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
          dataset: requireInput(input.inputs['dataset'], 'dataset'),
          fineTuned: requireInput(input.inputs['fineTuned'], 'fineTuned'),
          policy: requireInput(input.inputs['policy'], 'policy'),
          ...(pickReward && { pickReward }),
          ...(aestheticReward && { aestheticReward }),
          batchSize: compute.generateBatchSize,
        },
      ],
    ),
  );
  return { outputs: { texts }, summary: {} };
}
