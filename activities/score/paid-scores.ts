import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import { ProviderRowError } from '../../providers/errors.js';
import type { GeneratedImage } from '../../providers/image-bytes.js';
import { MAX_BATCH_BYTES, type ScoreClient } from '../../providers/scores.js';
import { scoringVersion } from '../../providers/simulator/scorer/constants.js';
import { costOf } from '../../providers/cost.js';
import { logPartOf } from '../paid/shard-layout.js';
import { answerKey, whileMalformed, type Budget } from '../paid/budget.js';
import type { TextRow, TextScore } from './scored-texts.js';

/** Texts whose pictures are scored by one request, or fewer where their pictures are large. */
const maxTexts = 64;

/** A text with its pictures. */
export interface DrawnText {
  row: TextRow;
  pictures: GeneratedImage[];
}

interface ScoreOptions {
  scores: ScoreClient;
  endpoints: ProvidersSettings;
  budget: Budget;
  /** Digests of all that a text's pictures depend on. */
  picturesOf: (row: TextRow) => string[];
  signal: AbortSignal;
}

/** The scores of texts, each paid for once. */
export type PaidScores = ReturnType<typeof createPaidScores>;

const scoreKinds = ['pick', 'aesthetic'] as const;
type ScoreKind = (typeof scoreKinds)[number];

/** Pays for scores, each text's recorded by itself, so that nothing depends on the texts that shared its request. */
// eslint-disable-next-line max-lines-per-function, @typescript-eslint/explicit-module-boundary-types -- its functions share one text's keys, and each states its own type
export function createPaidScores(options: ScoreOptions) {
  const { scores, endpoints, budget, picturesOf, signal } = options;
  const { url, model, models, price } = endpoints.scores;
  const endpoint = { url, model, ...(url === 'simulator' && { version: scoringVersion }) };
  const known = new Map<string, Record<ScoreKind, string>>();
  const keysOf = (row: TextRow): Record<ScoreKind, string> => {
    const found = known.get(row.id);
    if (found) return found;
    const pictures = picturesOf(row);
    const keyOf = (scorer: string, more: object): string =>
      answerKey({ provider: 'scores', endpoint, request: { scorer, pictures, ...more } });
    const keys = {
      pick: keyOf(models.pickscore, { x: row.x }),
      aesthetic: keyOf(models.aesthetic, {}),
    };
    known.set(row.id, keys);
    return keys;
  };
  const scoreOf = (row: TextRow, kind: ScoreKind): number | undefined => {
    const value = budget.find(keysOf(row)[kind]);
    return typeof value === 'number' ? value : undefined;
  };

  const askFor = async (kind: ScoreKind, given: readonly DrawnText[]): Promise<void> => {
    const texts = given.filter(({ row }) => scoreOf(row, kind) === undefined);
    if (texts.length === 0) return;
    const prompted = texts.flatMap(({ row, pictures }) =>
      pictures.map((image) => ({ prompt: row.x, image })),
    );
    const images = prompted.map(({ image }) => image);
    const calls = scores.requestCount(prompted);
    await budget.payTogether({
      provider: 'scores',
      items: texts.map(({ row }) => ({ key: keysOf(row)[kind], logPart: logPartOf(row.id) })),
      calls,
      send: async () => {
        const values = await whileMalformed(endpoints.captions.answerAttempts, () =>
          kind === 'pick' ? scores.pick(prompted, signal) : scores.aesthetic(images, signal),
        );
        const means = meansOf(values, texts);
        if (!means.every(Number.isFinite)) {
          const failure = { provider: 'scores', url };
          throw new ProviderRowError('The score server gave a score that is no number.', failure);
        }
        return { values: means, cost: costOf({ calls, scores: values.length }, price) };
      },
    });
  };

  return {
    /** The recorded scores of a text, once both are there. */
    find: (row: TextRow): TextScore | undefined => {
      const pick = scoreOf(row, 'pick');
      const aesthetic = scoreOf(row, 'aesthetic');
      return pick === undefined || aesthetic === undefined ? undefined : { pick, aesthetic };
    },
    /**
     * Has recorded what is missing of the texts' scores: the mean over a text's pictures, PickScore against x.
     *
     * @throws what `Budget.pay` and the scores client throw; ProviderRowError also for a score that is no number.
     */
    ask: async (texts: readonly DrawnText[]): Promise<void> => {
      const asked = await Promise.allSettled(scoreKinds.map((kind) => askFor(kind, texts)));
      const errors = asked.flatMap((one) =>
        one.status === 'rejected' ? [one.reason as Error] : [],
      );
      // What is wrong with all texts comes before what is wrong with one.
      const worst = errors.find((error) => !(error instanceof ProviderRowError)) ?? errors[0];
      if (worst !== undefined) throw worst;
    },
    /** What part of one request a text takes; texts that take less than all of it fit in one. */
    weightOf: ({ row, pictures }: DrawnText): number => {
      const lengths = pictures.map(({ base64 }) => base64.length + row.x.length);
      const length = lengths.reduce((sum, own) => sum + own, 0);
      return Math.max(
        1 / maxTexts,
        pictures.length / endpoints.scores.maxBatch,
        length / MAX_BATCH_BYTES,
      );
    },
  };
}

/** Mean of each text's pictures' values, which stand one after the other. */
function meansOf(values: readonly number[], texts: readonly DrawnText[]): number[] {
  let next = 0;
  return texts.map(({ pictures }) => {
    const own = values.slice(next, next + pictures.length);
    next += pictures.length;
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
}
