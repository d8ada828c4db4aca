import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { TrainJob } from '../../contracts/engine-job.js';
import { trainingInputs } from '../../contracts/names.js';
import { trainingSettings } from '../../contracts/training.js';
import type { RewardScorer } from '../ppo/shape-rewards.js';
import { PretrainTrainer } from '../pretrain/pretrain-trainer.js';
import { PpoTrainer } from '../ppo/ppo-trainer.js';
import { loadRewardModel } from '../reward/reward-model.js';
import { RewardTrainer } from '../reward/reward-trainer.js';
import { SftTrainer } from '../sft/sft-trainer.js';
import type { Trainer, TrainerInputs } from '../training/train.js';

/**
 * The trainer of a job's method, at step 0.
 *
 * A job's settings are parsed here and nowhere after; see `trainingSettings`.
 * @throws InputInvalidError if the job lacks an input; ZodError if a setting is wrong.
 */
export function createTrainer(job: TrainJob, graphFolder: string): Trainer {
  assertInputs(job);
  const { seed, rateChanges } = job;
  const run: TrainerInputs = { graphFolder, seed, rateChanges };
  switch (job.method) {
    case 'pretrain':
      return new PretrainTrainer(trainingSettings.pretrain.parse(job.settings), {
        datasetFolder: job.inputs.dataset,
        ...run,
      });
    case 'sft':
      return new SftTrainer(trainingSettings.sft.parse(job.settings), {
        datasetFolder: job.inputs.dataset,
        modelFolder: job.inputs.model,
        ...run,
      });
    case 'reward':
      return new RewardTrainer(trainingSettings.reward.parse(job.settings), {
        labelsFolder: job.inputs.labels,
        modelFolder: job.inputs.model,
        ...run,
      });
    case 'ppo':
      return new PpoTrainer(trainingSettings.ppo.parse(job.settings), {
        datasetFolder: job.inputs.dataset,
        modelFolder: job.inputs.model,
        ...createScorer(job.inputs, graphFolder),
        ...run,
      });
  }
}

function assertInputs({ method, inputs }: TrainJob): void {
  for (const name of trainingInputs[method]) {
    if (name in inputs) continue;
    const found = Object.keys(inputs).join(', ') || 'none';
    throw new InputInvalidError(`job ${method}: expected the input "${name}", found ${found}`);
  }
}

const SCORE_BATCH = 32;

/** PPO gets its scorer as a function: the methods know nothing of each other. */
function createScorer(
  folders: { pickReward: string; aestheticReward: string },
  graphFolder: string,
): { score: RewardScorer; disposeScorer: () => void } {
  const options = { batchSize: SCORE_BATCH, graphFolder };
  const pick = loadRewardModel(folders.pickReward, options);
  const aesthetic = loadRewardModel(folders.aestheticReward, options);
  return {
    score: (rows) => ({ pick: pick.score(rows), aesthetic: aesthetic.score(rows) }),
    disposeScorer: () => {
      pick.dispose();
      aesthetic.dispose();
    },
  };
}
