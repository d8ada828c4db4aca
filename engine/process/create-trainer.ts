import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { TrainJob } from '../../contracts/engine-job.js';
import type { RewardScorer } from '../ppo/score-texts.js';
import { createPretrainTrainer, pretrainSettingsSchema } from '../pretrain/pretrain-trainer.js';
import { ppoSettingsSchema } from '../ppo/ppo-settings.js';
import { createPpoTrainer } from '../ppo/ppo-trainer.js';
import { loadRewardModel } from '../reward/predict-scores.js';
import { createRewardTrainer, rewardSettingsSchema } from '../reward/reward-trainer.js';
import { createSftTrainer, sftSettingsSchema } from '../sft/sft-trainer.js';
import type { Trainer } from '../training/trainer.js';

function input(job: TrainJob, name: string): string {
  const folder = job.inputs[name];
  if (folder === undefined)
    throw new InputInvalidError(
      `job ${job.method}: expected the input "${name}", found ${Object.keys(job.inputs).join(', ') || 'none'}`,
    );
  return folder;
}

/** The trainer of a job's method, at step 0. */
export function createTrainer(job: TrainJob, graphFolder: string): Trainer {
  const { seed, rateChanges } = job;
  switch (job.method) {
    case 'pretrain':
      return createPretrainTrainer(pretrainSettingsSchema.parse(job.settings), {
        datasetFolder: input(job, 'dataset'),
        graphFolder,
        seed,
        rateChanges,
      });
    case 'sft':
      return createSftTrainer(sftSettingsSchema.parse(job.settings), {
        datasetFolder: input(job, 'dataset'),
        modelFolder: input(job, 'model'),
        graphFolder,
        seed,
        rateChanges,
      });
    case 'reward':
      return createRewardTrainer(rewardSettingsSchema.parse(job.settings), {
        labelsFolder: input(job, 'labels'),
        modelFolder: input(job, 'model'),
        graphFolder,
        seed,
        rateChanges,
      });
    case 'ppo':
      return createPpoTrainer(ppoSettingsSchema.parse(job.settings), {
        datasetFolder: input(job, 'dataset'),
        modelFolder: input(job, 'model'),
        ...createScorer(job, graphFolder),
        graphFolder,
        seed,
        rateChanges,
      });
  }
}

const SCORE_BATCH = 32;

/** PPO gets its scorer as a function: the methods know nothing of each other. */
function createScorer(
  job: TrainJob,
  graphFolder: string,
): { score: RewardScorer; disposeScorer: () => void } {
  const pick = loadRewardModel(input(job, 'pickReward'), { batchSize: SCORE_BATCH, graphFolder });
  const aesthetic = loadRewardModel(input(job, 'aestheticReward'), {
    batchSize: SCORE_BATCH,
    graphFolder,
  });
  return {
    score: (rows) => ({ pick: pick.score(rows), aesthetic: aesthetic.score(rows) }),
    disposeScorer: () => {
      pick.dispose();
      aesthetic.dispose();
    },
  };
}
