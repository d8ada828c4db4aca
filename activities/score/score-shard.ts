import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { BurnishActivities, ScoreShardInput } from '../../contracts/activities.js';
import type { ScoredShard } from '../../contracts/shards.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { openAnswerLog } from '../paid/answer-log.js';
import { spendingSince, shardBits, shardFile } from '../paid/shard-layout.js';
import { createPayer } from '../paid/budget.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import { createPaidPictures } from './paid-pictures.js';
import { createPaidScores } from './paid-scores.js';
import type { Providers } from '../../providers/providers.js';
import type { ActivityDependencies } from '../dependencies.js';
import { scoreRows, type ScoredRows } from './score-rows.js';
import { ScoreFile, textRowSchema } from './scored-texts.js';

/** Clients of the providers that draw and score. */
export type ScoreShardDependencies = Pick<
  ActivityDependencies<Pick<Providers, 'images' | 'scores'>>,
  'store' | 'cacheFolder' | 'providers'
>;

/** Texts under way for each call that draws: an answer is on its way to the store for a while. */
const rowsPerCall = 3;

/**
 * The activity that scores the texts of one shard; see `scoreRows` for what it throws.
 *
 * Every answer is in the store before its text is done, so that another attempt, or a later run, asks for the rest only.
 * Without an artifact the allowance ran out; what was answered is kept.
 */
export function createScoreShard(
  dependencies: ScoreShardDependencies,
): BurnishActivities['scoreShard'] {
  const { store, cacheFolder } = dependencies;
  return async (input) => {
    const { providers: endpoints, stageKey, plan, shardIndex, share, prior } = input;
    const reportProgress = createProgressReporter();
    const signal = cancellationSignal();
    const folder = await readArtifact(store, plan.rows, cacheFolder);
    const rows = await readAllRows(join(folder, shardFile(shardIndex)), textRowSchema);
    const { images, scores } = dependencies.providers(endpoints, { share });
    const place = { kind: 'scores', bits: shardBits(shardIndex, plan.shardCount), stageKey };
    const log = await openAnswerLog(store, place, signal);
    const payer = createPayer(log, input.allowance, prior);
    const { seed, imagesPerPrompt } = input;
    const common = { endpoints, payer, signal };
    const pictures = createPaidPictures({
      ...common,
      images,
      log,
      store,
      stageKey,
      seed,
      imagesPerPrompt,
    });
    let done: ScoredRows;
    try {
      done = await scoreRows(rows, {
        pictures,
        scores: createPaidScores({ ...common, scores, picturesOf: pictures.digestsOf }),
        window: windowFor(input),
        textCount: plan.rowCount,
        signal,
        onProgress: (doneCount) => {
          reportProgress({ doneCount, rowCount: rows.length, callsInFlight: payer.inFlight });
        },
      });
    } catch (error) {
      await log.close({ join: false });
      throw error;
    }
    const counts: ScoredShard = {
      shardIndex,
      quarantinedCount: done.quarantined.length,
      spent: spendingSince(prior, log.spent),
    };
    if (done.isCutShort) {
      await log.close({ join: true });
      return counts;
    }
    const storeScores = withWorkFolder(cacheFolder, async (workFolder) => {
      const result = join(workFolder, 'scores');
      await mkdir(result);
      await writeJsonl(join(result, ScoreFile.scores), done.scored);
      await writeJsonl(join(result, ScoreFile.quarantine), done.quarantined);
      return writeArtifact(store, 'labels', result);
    });
    // Both at once: meanwhile the providers have nothing to do for this shard's part of the limits.
    const [artifact] = await Promise.all([storeScores, log.close({ join: true })]);
    return { ...counts, scores: artifact };
  };
}

/** Texts that a shard has under way: enough to keep its share of the calls busy. */
function windowFor({ providers, imagesPerPrompt, share }: ScoreShardInput): number {
  const { concurrency, maxPerCall } = providers.images;
  const callsPerText = Math.ceil(imagesPerPrompt / maxPerCall);
  return Math.max(4, Math.ceil((rowsPerCall * share * concurrency) / callsPerText));
}
