import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { writeJsonl } from '../../files/jsonl.js';
import type { Providers } from '../../providers/providers.js';
import type { ActivityDependencies } from '../dependencies.js';
import { paidShard, rowsUnderWay } from '../paid/paid-shard.js';
import { createPaidPictures } from './paid-pictures.js';
import { createPaidScores } from './paid-scores.js';
import { scoreRows } from './score-rows.js';
import { ScoreFile, textRowSchema } from './scored-texts.js';

/** Clients of the providers that draw and score. */
export type ScoreShardDependencies = Pick<
  ActivityDependencies<Pick<Providers, 'images' | 'scores'>>,
  'store' | 'cacheFolder' | 'providers'
>;

/** The activity that scores the texts of one shard; see `paidShard`, and `scoreRows` for what it throws. */
export function createScoreShard(
  dependencies: ScoreShardDependencies,
): BurnishActivities['scoreShard'] {
  const { store } = dependencies;
  return async (input) => {
    const { providers: endpoints, stageKey, plan, shardIndex, share, seed } = input;
    const { imagesPerPrompt } = input;
    const { concurrency, maxPerCall } = endpoints.images;
    const callsPerText = Math.ceil(imagesPerPrompt / maxPerCall);
    const { done, spent, artifact } = await paidShard(dependencies, input, {
      kind: 'scores',
      rowSchema: textRowSchema,
      artifactKind: 'labels',
      ask: (rows, { budget, log, signal, onProgress }) => {
        const { images, scores } = dependencies.providers(endpoints, { share });
        const common = { endpoints, budget, signal };
        const drawing = { images, log, store, stageKey, seed, imagesPerPrompt };
        const pictures = createPaidPictures({ ...common, ...drawing });
        return scoreRows(rows, {
          pictures,
          scores: createPaidScores({ ...common, scores, picturesOf: pictures.digestsOf }),
          window: rowsUnderWay(share, concurrency, callsPerText),
          textCount: plan.rowCount,
          ...{ signal, onProgress },
        });
      },
      write: async (folder, { scored, quarantined }) => {
        await writeJsonl(join(folder, ScoreFile.scores), scored);
        await writeJsonl(join(folder, ScoreFile.quarantine), quarantined);
      },
    });
    const quarantinedCount = done.quarantined.length;
    return { shardIndex, quarantinedCount, spent, ...(artifact && { scores: artifact }) };
  };
}
