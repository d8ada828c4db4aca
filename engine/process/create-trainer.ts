import type { TrainJob } from '../../contracts/engine-job.js';
import { createPretrainTrainer, pretrainSettingsSchema } from '../pretrain/pretrain-trainer.js';
import { createRewardTrainer, rewardSettingsSchema } from '../reward/reward-trainer.js';
import { createSftTrainer, sftSettingsSchema } from '../sft/sft-trainer.js';
import type { Trainer } from '../training/trainer.js';

function input(job: TrainJob, name: string): string {
  const folder = job.inputs[name];
  if (folder === undefined)
    throw new Error(
      `job ${job.method}: expected the input "${name}", found ${Object.keys(job.inputs).join(', ') || 'none'}`,
    );
  return folder;
}

/** The trainer of a job's method, at step 0. */
export function createTrainer(job: TrainJob, graphFolder: string): Trainer {
  const { seed } = job;
  switch (job.method) {
    case 'pretrain':
      return createPretrainTrainer(pretrainSettingsSchema.parse(job.settings), {
        datasetFolder: input(job, 'dataset'),
        graphFolder,
        scratchFolder: job.workFolder,
        seed,
      });
    case 'sft':
      return createSftTrainer(sftSettingsSchema.parse(job.settings), {
        datasetFolder: input(job, 'dataset'),
        modelFolder: input(job, 'model'),
        graphFolder,
        seed,
      });
    case 'reward':
      return createRewardTrainer(rewardSettingsSchema.parse(job.settings), {
        labelsFolder: input(job, 'labels'),
        modelFolder: input(job, 'model'),
        graphFolder,
        seed,
      });
    case 'ppo':
      throw new Error('ppo');
  }
}
