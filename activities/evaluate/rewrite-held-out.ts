import { cancellationSignal } from '@temporalio/activity';
import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { ArtifactRef } from '../../contracts/artifact.js';
import type { Sampling } from '../../recipe/sections/ppo.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { promptPairSchema, type PromptPair } from '../../contracts/records.js';
import {
  evaluationMethods,
  type EvaluationMethod,
  type HeldOutPlan,
  type HeldOutRow,
  type MethodText,
} from '../../contracts/report.js';
import type { Engine } from '../../engine/process/client.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { keyOf } from '../../text/random.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { writeJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { createProgressReporter, type ReportProgress } from '../wrap-activity.js';
import { drawableText, popularTail, withTail, chooseHeldOut } from './held-out-texts.js';
import type { ActivityDependencies } from '../dependencies.js';

type RewriteInput = Parameters<BurnishActivities['rewriteHeldOut']>[0];

/** The activity that writes every method's text for the held-out descriptions. */
export function createRewriteHeldOut(
  dependencies: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'engine'>,
): BurnishActivities['rewriteHeldOut'] {
  const { store, cacheFolder } = dependencies;
  const fetch = (ref: ArtifactRef) => readArtifact(store, ref, cacheFolder);
  return async (input) => {
    const reportProgress = createProgressReporter();
    const dataset = await fetch(input.dataset);
    const pairs = chooseHeldOut(await readAllRows(join(dataset, 'test.jsonl'), promptPairSchema), {
      count: input.settings.prompts,
      seed: input.seed,
    });
    if (pairs.length === 0) {
      throw new InputInvalidError(
        `${input.dataset.uri}test.jsonl: expected held-out pairs, found none; collect more rows or raise testShare`,
      );
    }
    const train = await readAllRows(join(dataset, 'train.jsonl'), promptPairSchema);
    const plan: HeldOutPlan = {
      seed: input.seed,
      tail: popularTail(train, input.settings.tailModifiers),
      sampling: input.settings.sampling,
    };
    const job: Job = {
      input,
      pairs,
      reportProgress,
      signal: cancellationSignal(),
      engine: dependencies.engine(),
    };
    const written = await writeByModels(job, {
      sft: await fetch(input.fineTuned),
      ppo: await fetch(input.policy),
    });
    const given = (text: (pair: PromptPair) => string) =>
      pairs.map((pair): MethodText => ({ y: text(pair), ended: null }));
    const byMethod: Record<EvaluationMethod, MethodText[]> = {
      unchanged: given((pair) => pair.x),
      'fixed-tail': given((pair) => withTail(pair.x, plan.tail)),
      ...written,
      target: given((pair) => pair.y),
    };
    const rows = rowsOf(pairs, byMethod);
    if (input.pickReward && input.aestheticReward) {
      await predictRewards(job, rows, {
        rewardModelPick: await fetch(input.pickReward),
        rewardModelAesthetic: await fetch(input.aestheticReward),
      });
    }
    return withWorkFolder(cacheFolder, async (folder) => {
      await writeJson(join(folder, 'plan.json'), plan);
      await writeJsonl(join(folder, 'written.jsonl'), rows);
      return { texts: await writeArtifact(store, 'evaluation', folder) };
    });
  };
}

interface Job {
  input: RewriteInput;
  pairs: PromptPair[];
  reportProgress: ReportProgress;
  signal: AbortSignal;
  engine: Engine;
}

async function writeByModels(
  job: Job,
  folders: { sft: string; ppo: string },
): Promise<Record<'sft' | 'ppo' | 'sft-greedy' | 'ppo-greedy', MethodText[]>> {
  const drawn = job.input.settings.sampling;
  const greedy = { ...drawn, temperature: 0 };
  const generate = async (method: EvaluationMethod, modelFolder: string, sampling: Sampling) => {
    job.reportProgress({ method, descriptions: job.pairs.length });
    const { rows } = await job.engine.run(
      {
        kind: 'generate',
        modelFolder,
        prompts: job.pairs.map((pair) => pair.x),
        rowKeys: job.pairs.map((pair) => keyOf(pair.rowId)),
        seed: job.input.seed,
        sampling,
        batchSize: job.input.batchSize,
      },
      { signal: job.signal },
    );
    return rows.map(({ text, ended }): MethodText => ({ y: text, ended }));
  };
  return {
    sft: await generate('sft', folders.sft, drawn),
    'sft-greedy': await generate('sft-greedy', folders.sft, greedy),
    ppo: await generate('ppo', folders.ppo, drawn),
    'ppo-greedy': await generate('ppo-greedy', folders.ppo, greedy),
  };
}

/** Adds the reward models' scores to every text. */
async function predictRewards(
  job: Job,
  rows: readonly HeldOutRow[],
  folders: Record<'rewardModelPick' | 'rewardModelAesthetic', string>,
): Promise<void> {
  for (const name of ['rewardModelPick', 'rewardModelAesthetic'] as const) {
    for (const method of evaluationMethods) {
      job.reportProgress({ method, score: name });
      const { scores } = await job.engine.run(
        {
          kind: 'predict',
          modelFolder: folders[name],
          rows: rows.map(({ x, texts }) => ({ x, y: drawableText(x, texts[method].y) })),
          batchSize: job.input.batchSize,
        },
        { signal: job.signal },
      );
      for (const [index, row] of rows.entries()) {
        const score = scores[index];
        if (score !== undefined) row.texts[method][name] = score;
      }
    }
  }
}

function rowsOf(
  pairs: readonly PromptPair[],
  byMethod: Record<EvaluationMethod, MethodText[]>,
): HeldOutRow[] {
  return pairs.map(({ rowId, x }, index) => {
    const entries = evaluationMethods.map((method) => {
      const text = byMethod[method][index];
      if (text !== undefined) return [method, text] as const;
      const found = byMethod[method].length;
      throw new RangeError(`expected ${pairs.length} texts by ${method}, found ${found}`);
    });
    return { rowId, x, texts: Object.fromEntries(entries) as HeldOutRow['texts'] };
  });
}
