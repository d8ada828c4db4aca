import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import type { GeneratedImage } from '../../providers/image-bytes.js';
import type { ImageClient } from '../../providers/images.js';
import { costOf } from '../../providers/cost.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { itemAt } from '../../text/item-at.js';
import { keyOf, randomBits } from '../../text/random.js';
import type { AnswerLog } from '../paid/answer-log.js';
import { logPartOf } from '../paid/shard-layout.js';
import { answerKey, whileMalformed, type Budget } from '../paid/budget.js';
import { keepPictures, loadPictures, type KeptPictures } from '../paid/pictures.js';
import { scoringVersion } from '../../providers/simulator/scorer/constants.js';
import type { TextRow } from './scored-texts.js';

const imageSeed = keyOf('images');

/** What the log keeps of one call's pictures; null once they are scored. */
type Kept = KeptPictures | null;

interface PictureOptions {
  images: ImageClient;
  endpoints: ProvidersSettings;
  budget: Budget;
  log: Pick<AnswerLog, 'forget'>;
  store: ObjectStore;
  /** Key of the stage that pays. */
  stageKey: string;
  seed: number;
  imagesPerPrompt: number;
  signal: AbortSignal;
}

/** The pictures of texts, paid for once and kept until they are scored. */
export type PaidPictures = ReturnType<typeof createPaidPictures>;

/** One call: `count` pictures of consecutive seeds, for one text alone: when that is scored they go. */
interface Drawing {
  textId: string;
  prompt: string;
  count: number;
  seed: number;
}

/** Draws the pictures of texts and pays for them: after a kill nothing is drawn again that is recorded. */
// eslint-disable-next-line max-lines-per-function, @typescript-eslint/explicit-module-boundary-types -- its functions share one text's calls, and each states its own type
export function createPaidPictures(options: PictureOptions) {
  const { images, endpoints, budget, log, store, seed, imagesPerPrompt, signal } = options;
  const { url, model, protocol, maxPerCall, price, drawing } = endpoints.images;
  const { width, height, ...sampling } = drawing;
  const endpoint = {
    ...{ url, model, protocol, width, height },
    ...(protocol === 'sdapi' && sampling),
    ...(url === 'simulator' && { version: scoringVersion }),
  };
  const perCall = Math.min(maxPerCall, imagesPerPrompt);
  const callCount = Math.ceil(imagesPerPrompt / perCall);
  const starts = Array.from({ length: callCount }, (_, call) => call * perCall);
  const known = new Map<string, string[]>();

  const drawingsOf = ({ id, y, rowKey }: TextRow): Drawing[] =>
    starts.map((start) => ({
      textId: id,
      prompt: y,
      count: Math.min(perCall, imagesPerPrompt - start),
      seed: (randomBits(seed, imageSeed, rowKey) >>> 1) + start,
    }));
  /** Pictures that are gone are paid for anew, as another question. */
  const keyOfCall = (asked: Drawing, again: number): string =>
    answerKey({ provider: 'images', endpoint, request: again > 0 ? { ...asked, again } : asked });
  /** Digests of all that a text's pictures depend on. */
  const digestsOf = (row: TextRow): string[] => {
    let digests = known.get(row.id);
    if (digests === undefined) {
      digests = drawingsOf(row).map((asked) => keyOfCall(asked, 0));
      known.set(row.id, digests);
    }
    return digests;
  };

  const drawNew = async (
    { prompt, count, seed: firstSeed }: Drawing,
    item: { key: string; logPart: string },
  ): Promise<GeneratedImage[]> => {
    let drawn: GeneratedImage[] = [];
    const send = async () => {
      drawn = await whileMalformed(endpoints.captions.answerAttempts, () =>
        images.generate({ prompt, count, seed: firstSeed, signal }),
      );
      const cost = costOf({ calls: 1, images: drawn.length }, price);
      const base64 = drawn.map((image) => image.base64);
      const kept = await keepPictures(store, base64, `${options.stageKey}/${item.key}`);
      return { values: [kept], cost };
    };
    await budget.payTogether<Kept>({ provider: 'images', items: [item], calls: 1, send });
    return drawn;
  };

  const load = async (kept: Kept): Promise<GeneratedImage[] | undefined> => {
    const base64 = kept && (await loadPictures(store, kept));
    return base64?.map((text) => ({ base64: text }));
  };

  /** What is recorded last of a call's pictures, if anything is, and the key under which new ones would be. */
  const newestOf = (asked: Drawing, digest: string) => {
    let found: { key: string; kept: Kept } | undefined;
    let next = digest;
    for (let again = 1; ; again += 1) {
      const kept = budget.find(next) as Kept | undefined;
      if (kept === undefined) return { found, next };
      found = { key: next, kept };
      next = keyOfCall(asked, again);
    }
  };
  const newestOfAll = (row: TextRow) => {
    const digests = digestsOf(row);
    return drawingsOf(row).map((asked, call) => ({
      asked,
      ...newestOf(asked, itemAt(digests, call)),
    }));
  };

  return {
    digestsOf,
    /** A text's pictures. @throws what `Budget.pay` and the images client throw. */
    draw: async (row: TextRow): Promise<GeneratedImage[]> => {
      const logPart = logPartOf(row.id);
      const calls = newestOfAll(row).map(
        async ({ asked, found, next }) =>
          (found && (await load(found.kept))) ?? (await drawNew(asked, { key: next, logPart })),
      );
      return (await Promise.all(calls)).flat();
    },
    /** They are scored: only what they cost stays recorded. */
    drop: async (row: TextRow): Promise<void> => {
      for (const { found } of newestOfAll(row)) {
        if (!found?.kept) continue;
        log.forget(found.key);
        if ('object' in found.kept) await store.delete(found.kept.object);
      }
    },
  };
}
