import {
  jobNumbersSchema,
  type EngineJob,
  type EngineJobResult,
  type GenerateJob,
  type PredictJob,
  type TrainJob,
} from '../../contracts/engine-job.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { MAX_PROMPT_TOKENS } from '../prompts/template.js';
import { generateTexts } from '../generate/generate-texts.js';
import { loadRewardModel } from '../reward/reward-model.js';
import { train, type Trainer, type TrainHooks } from '../training/train.js';
import { createTrainer } from './create-trainer.js';

export interface JobHooks extends TrainHooks {
  /** A training job takes steps from here on. */
  started: () => void;
  /** A text of a `generate` job with `stream`, as far as it is written. */
  text: (row: number, text: string) => void;
}

/** A job was to go on from a state that this process does not hold. */
export class StateLostError extends Error {
  override readonly name = 'StateLostError';
}

interface WarmState {
  trainer: Trainer;
  identity: string;
  digest: string | undefined;
}

/** What makes two jobs parts of one training run. */
function identityOf(job: TrainJob): string {
  return JSON.stringify([job.method, job.seed, job.settings, job.inputs, job.rateChanges]);
}

/** Runs jobs one after another, and keeps the last training's state in memory in case its next segment comes. */
export class JobRunner {
  readonly #graphFolder: string;
  #warm: WarmState | undefined;

  constructor(graphFolder: string) {
    this.#graphFolder = graphFolder;
  }

  async run(job: EngineJob, hooks: JobHooks): Promise<EngineJobResult[keyof EngineJobResult]> {
    if (job.kind === 'train') return this.#train(job, hooks);
    assertNumbers(job);
    if (job.kind === 'predict') return predict(job, this.#graphFolder);
    const start = performance.now();
    return generateTexts(job, {
      graphFolder: this.#graphFolder,
      maxPromptTokens: MAX_PROMPT_TOKENS,
      progress: (done, tokensPerSecond) => {
        const secondsEach = (performance.now() - start) / 1000 / done;
        hooks.progress({
          stepIndex: done,
          stepCount: job.prompts.length,
          metric: { name: 'texts', value: done },
          tokensPerSecond,
          secondsLeft: Math.round(secondsEach * (job.prompts.length - done)),
        });
      },
      text: hooks.text,
      stopRequested: () => hooks.stopRequested(),
    });
  }

  /** The state that the last training job left has this digest. */
  retain(digest: string): void {
    if (this.#warm) this.#warm.digest = digest;
  }

  async #train(job: TrainJob, hooks: JobHooks): Promise<EngineJobResult['train']> {
    const trainer = this.#takeTrainer(job);
    hooks.started();
    this.#warm = undefined;
    try {
      const outcome = await train(trainer, job, hooks);
      if (outcome.status === 'paused')
        this.#warm = { trainer, identity: identityOf(job), digest: undefined };
      else trainer.state.dispose();
      return outcome;
    } catch (error) {
      trainer.state.dispose();
      throw error;
    }
  }

  /** The trainer that is in memory where it holds the state that the job goes on from, else a new one. */
  #takeTrainer(job: TrainJob): Trainer {
    const { digest, identity, trainer: held } = this.#warm ?? {};
    if (held && identity === identityOf(job) && digest !== undefined && digest === job.resumeDigest)
      return held;
    held?.state.dispose();
    this.#warm = undefined;
    if (job.resumeDigest !== undefined && job.resumeFrom === undefined)
      throw new StateLostError(
        `the engine process holds no state ${job.resumeDigest} any more; the next attempt reads it from its checkpoint`,
      );
    const trainer = createTrainer(job, this.#graphFolder);
    if (job.resumeFrom !== undefined) trainer.state.restore(job.resumeFrom);
    return trainer;
  }
}

function assertNumbers(job: GenerateJob | PredictJob): void {
  const [issue] = jobNumbersSchema.safeParse(job).error?.issues ?? [];
  if (issue)
    throw new InputInvalidError(`${job.kind} job: ${issue.path.join('.')}: ${issue.message}`);
}

function predict(job: PredictJob, graphFolder: string): EngineJobResult['predict'] {
  const model = loadRewardModel(job.modelFolder, { batchSize: job.batchSize, graphFolder });
  try {
    const { mean, std } = model.card;
    return { scores: model.score(job.rows).map((score) => score * std + mean) };
  } finally {
    model.dispose();
  }
}
