import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { BurnishActivities, CollectShardInput } from '../../contracts/activities.js';
import type { CollectedShard } from '../../contracts/shards.js';
import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import { loadTokenizer } from '../../engine/tokenizer/tokenizer.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { openAnswerLog } from '../paid/answer-log.js';
import { createPayer } from '../paid/budget.js';
import { spendingSince, shardBits, shardFile } from '../paid/shard-layout.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import type { ActivityDependencies, StoreDependencies } from '../dependencies.js';
import { DatasetFile, plannedRowSchema } from '../../dataset/dataset-files.js';
import { trustedHosts, readImage } from '../../dataset/sources/images/read-image.js';
import { limitsTokens, type CountTokens } from '../../dataset/pairs/form-pair.js';
import type { PairProviders } from './ask-providers.js';
import { makePairs, type MadePairs } from './make-pairs.js';

/** Clients of the providers that make pairs; `simulated` names those whose answers are simulated. */
type CollectShardDependencies = Pick<
  ActivityDependencies<PairProviders & { simulated: readonly string[] }>,
  'store' | 'cacheFolder' | 'providers' | 'rootFolder'
>;

/** Rows under way for each call a provider is asked at once: an answer is on its way to the store for a while. */
const rowsPerCall = 3;

/**
 * The activity that makes the pairs of one shard of clean rows; see `makePairs` for what it throws.
 *
 * Every answer is in the store before its row is done, so that another attempt, or a later run, asks for the rest only.
 * Without an artifact the allowance ran out; what was answered is kept.
 */
export function createCollectShard(
  dependencies: CollectShardDependencies,
): BurnishActivities['collectShard'] {
  const { store, cacheFolder } = dependencies;
  return async (input) => {
    const {
      settings,
      providers: endpoints,
      seed,
      stageKey,
      plan,
      shardIndex,
      share,
      prior,
    } = input;
    const reportProgress = createProgressReporter();
    const signal = cancellationSignal();
    const planFolder = await readArtifact(store, plan.rows, cacheFolder);
    const rows = await readAllRows(join(planFolder, shardFile(shardIndex)), plannedRowSchema);
    const providers = dependencies.providers(endpoints, { share });
    const place = { kind: 'collect', bits: shardBits(shardIndex, plan.shardCount), stageKey };
    const log = await openAnswerLog(store, place, signal);
    const payer = createPayer(log, input.allowance, prior);
    let made: MadePairs;
    try {
      made = await makePairs(rows, {
        settings,
        providers,
        endpoints,
        payer,
        store,
        readPicture: createPictureReader(dependencies, settings, signal),
        ...(await tokenCounter(input, dependencies)),
        seed,
        signal,
        window: windowFor(endpoints, share),
        onProgress: (doneCount) => {
          reportProgress({ doneCount, rowCount: rows.length, callsInFlight: payer.inFlight });
        },
      });
    } catch (error) {
      await log.close({ join: false });
      throw error;
    }
    const counts = {
      shardIndex,
      pairCount: made.pairs.length,
      rejectedCount: made.rejected.length,
      quarantinedCount: made.quarantined.length,
      spent: spendingSince(prior, log.spent),
    } satisfies CollectedShard;
    if (made.isCutShort) {
      await log.close({ join: true });
      return counts;
    }
    const record = {
      rowCount: rows.length,
      askedCount: made.askedCount,
      simulated: [...providers.simulated],
    };
    const storePairs = withWorkFolder(cacheFolder, async (workFolder) => {
      const folder = join(workFolder, 'pairs');
      await mkdir(folder);
      await writeJsonl(join(folder, DatasetFile.pairs), made.pairs);
      await writeJsonl(join(folder, DatasetFile.rejected), made.rejected);
      await writeJsonl(join(folder, DatasetFile.quarantine), made.quarantined);
      await writeFile(join(folder, DatasetFile.shard), `${JSON.stringify(record)}\n`);
      return writeArtifact(store, 'dataset', folder);
    });
    // Both at once: meanwhile the providers have nothing to do for this shard's part of the limits.
    const [pairs] = await Promise.all([storePairs, log.close({ join: true })]);
    return { ...counts, pairs };
  };
}

/** Rows that a shard has under way: enough to keep its share of the calls busy. */
function windowFor({ chat, captions }: ProvidersSettings, share: number): number {
  return Math.max(
    4,
    Math.ceil(rowsPerCall * share * Math.max(chat.concurrency, captions.concurrency)),
  );
}

/** Reads the pictures that rows have, as `data:` URLs; directories of zips are remembered for the whole shard. */
function createPictureReader(
  { store, rootFolder = process.cwd() }: CollectShardDependencies,
  { sources }: CollectSettings,
  signal: AbortSignal,
): (address: string) => Promise<string> {
  const places = { store, rootFolder, trustedHosts: trustedHosts(sources), signal };
  return async (address) => {
    const { bytes, mediaType } = await readImage(address, places);
    return `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`;
  };
}

/** Counts with the base model's tokenizer where the recipe limits the tokens of targets. */
async function tokenCounter(
  { settings, base }: CollectShardInput,
  { store, cacheFolder }: StoreDependencies,
): Promise<{ countTokens?: CountTokens }> {
  if (!limitsTokens(settings.filters)) return {};
  if (base === undefined) {
    throw new InputInvalidError(
      'The recipe limits the tokens of targets (collect.filters) and pretrains its own base, whose tokenizer does not exist yet. Name a base model, or leave minTargetTokens and maxTargetTokens out.',
    );
  }
  const tokenizer = loadTokenizer(await readArtifact(store, base, cacheFolder));
  return { countTokens: (text) => tokenizer.encode(text).length };
}
