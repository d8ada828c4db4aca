import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurnishActivities, CollectShardInput } from '../../contracts/activities.js';
import { DatasetFile, plannedRowSchema } from '../../dataset/dataset-files.js';
import { limitsTokens, type CountTokens } from '../../dataset/pairs/form-pair.js';
import { trustedHosts, readImage } from '../../dataset/sources/images/read-image.js';
import { loadTokenizer } from '../../engine/tokenizer/tokenizer.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { writeJsonl } from '../../files/jsonl.js';
import { readArtifact } from '../../storage/artifacts.js';
import type { ActivityDependencies, StoreDependencies } from '../dependencies.js';
import { paidShard, rowsUnderWay } from '../paid/paid-shard.js';
import type { PairProviders } from './ask-providers.js';
import { makePairs } from './make-pairs.js';

/** Clients of the providers that make pairs; `simulated` names those whose answers are simulated. */
type CollectShardDependencies = Pick<
  ActivityDependencies<PairProviders & { simulated: readonly string[] }>,
  'store' | 'cacheFolder' | 'providers' | 'rootFolder'
>;

/** The activity that makes the pairs of one shard of clean rows; see `paidShard`, and `makePairs` for what it throws. */
export function createCollectShard(
  dependencies: CollectShardDependencies,
): BurnishActivities['collectShard'] {
  const { store, rootFolder = process.cwd() } = dependencies;
  return async (input) => {
    const { settings, providers: endpoints, seed, shardIndex, share } = input;
    const { chat, captions } = endpoints;
    const { done, spent, artifact } = await paidShard(dependencies, input, {
      kind: 'collect',
      rowSchema: plannedRowSchema,
      artifactKind: 'dataset',
      ask: async (rows, { budget, signal, onProgress }) => {
        const providers = dependencies.providers(endpoints, { share });
        // Directories of zips are remembered by these for the whole shard.
        const places = { store, rootFolder, trustedHosts: trustedHosts(settings.sources), signal };
        const made = await makePairs(rows, {
          ...{ settings, providers, endpoints, seed, budget, signal, onProgress },
          store,
          readPicture: async (address) => {
            const { bytes, mediaType } = await readImage(address, places);
            return `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}`;
          },
          ...(await tokenCounter(input, dependencies)),
          window: rowsUnderWay(share, Math.max(chat.concurrency, captions.concurrency)),
        });
        return { ...made, rowCount: rows.length, simulated: [...providers.simulated] };
      },
      write: async (folder, { pairs, rejected, quarantined, rowCount, askedCount, simulated }) => {
        await writeJsonl(join(folder, DatasetFile.pairs), pairs);
        await writeJsonl(join(folder, DatasetFile.rejected), rejected);
        await writeJsonl(join(folder, DatasetFile.quarantine), quarantined);
        const record = { rowCount, askedCount, simulated };
        await writeFile(join(folder, DatasetFile.shard), `${JSON.stringify(record)}\n`);
      },
    });
    return {
      shardIndex,
      pairCount: done.pairs.length,
      rejectedCount: done.rejected.length,
      quarantinedCount: done.quarantined.length,
      spent,
      ...(artifact && { pairs: artifact }),
    };
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
