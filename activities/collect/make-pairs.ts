import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import type { RejectedRow } from '../../contracts/records.js';
import { ProviderRowError, ProviderUnavailableError } from '../../providers/errors.js';
import { words } from '../../text/words.js';
import { AllowanceSpentError } from '../paid/budget.js';
import { assertFewRowsAreLost } from '../paid/losses.js';
import type { PlacedPair, PlannedRow, QuarantinedRow } from '../../dataset/dataset-files.js';
import { formPair, type CountTokens } from '../../dataset/pairs/form-pair.js';
import { ImageUnreadableError } from '../../dataset/sources/images/image.js';
import { excerptOf } from '../../dataset/sources/source-row.js';
import { askProviders, type AskOptions } from './ask-providers.js';

/** Above this share of rows without an answer the provider is down, and waiting is better than losing rows. */
const UNAVAILABLE_SHARE = 0.2;

export interface MadePairs {
  /** In the order of their rows, like all below. */
  pairs: PlacedPair[];
  rejected: RejectedRow[];
  /** Rows that providers failed on for good. */
  quarantined: QuarantinedRow[];
  /** Rows that a provider was asked for. */
  askedCount: number;
  /** The allowance ran out before every row was asked for. */
  isCutShort: boolean;
}

/**
 * One pair a row by the route that the plan chose; rows that give none come back with the reason.
 *
 * @throws RowLossExceededError if providers failed for good on more than `maxLossShare` of the rows that were asked for.
 * @throws ProviderUnavailableError if a provider seems to be down; ProviderRefusedError if it refuses this client.
 */
// eslint-disable-next-line max-lines-per-function -- what becomes of a row is one sequence over the same counts
export async function makePairs(
  rows: PlannedRow[],
  options: AskOptions & {
    settings: CollectSettings;
    /** Of the base model's tokenizer, where the recipe limits tokens. */
    countTokens?: CountTokens;
    /** Rows asked for at once. */
    window: number;
    onProgress: (doneCount: number) => void;
  },
): Promise<MadePairs> {
  const { settings, signal, onProgress, countTokens } = options;
  const { maxDescriptionWords, maxLossShare } = settings;
  const pairSettings = { ...settings, ...(countTokens && { countTokens }) };
  // Every request in flight listens to the one signal.
  setMaxListeners(0, signal);
  const unavailableLimit = Math.max(10, Math.ceil(rows.length * UNAVAILABLE_SHARE));
  let unavailableCount = 0;
  let doneCount = 0;
  let lastFailure: Error | undefined;
  let askedCount = 0;
  let isCutShort = false;

  type Outcome = { pair?: PlacedPair; rejected?: RejectedRow; quarantined?: QuarantinedRow };
  const makePair = async ({ ordinal, row, route }: PlannedRow): Promise<Outcome> => {
    if (route === undefined || isCutShort) return {};
    const excerpt = excerptOf(row.prompt);
    const reject = (reason: string) => ({ rejected: { origin: row.source, reason, excerpt } });
    const quarantine = (reason: string, answer: string) => ({
      quarantined: { id: row.id, origin: row.source, route, reason, answer, excerpt },
    });
    const wordCount = words(row.prompt).length;
    if (route === 'improved' && wordCount > maxDescriptionWords)
      return reject(`description too long: ${wordCount} words, at most ${maxDescriptionWords}`);
    askedCount += 1;
    try {
      const asked = await askProviders(row, route, options);
      if ('reason' in asked) return quarantine(asked.reason, asked.answer);
      const pair = formPair(row, { route, text: asked.text }, pairSettings);
      return typeof pair === 'string' ? reject(pair) : { pair: { ordinal, pair } };
    } catch (error) {
      if (error instanceof AllowanceSpentError) {
        isCutShort = true;
        return {};
      }
      if (error instanceof ImageUnreadableError)
        return reject(`picture unreadable: ${error.message}`);
      const isDown = error instanceof ProviderUnavailableError;
      if (!isDown && !(error instanceof ProviderRowError)) throw error;
      signal.throwIfAborted();
      if (isDown) unavailableCount += 1;
      if (unavailableCount > unavailableLimit) throw error;
      lastFailure = error;
      return quarantine(`provider failed: ${error.message}`, error.failure.answer ?? '');
    } finally {
      doneCount += 1;
      onProgress(doneCount);
    }
  };

  const outcomes = await pMap(rows, makePair, { concurrency: options.window });
  const quarantined = outcomes.flatMap((outcome) => outcome.quarantined ?? []);
  assertFewRowsAreLost(
    { lost: quarantined.length, asked: askedCount, maxLossShare },
    `The last: ${quarantined.at(-1)?.reason ?? ''}. Mend the provider named there, or allow a larger share.`,
    { cause: lastFailure },
  );
  return {
    pairs: outcomes.flatMap(({ pair }) => pair ?? []),
    rejected: outcomes.flatMap(({ rejected }) => rejected ?? []),
    ...{ quarantined, askedCount, isCutShort },
  };
}
