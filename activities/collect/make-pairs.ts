import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import type { PromptRow, RejectedRow } from '../../contracts/records.js';
import type { PairRoute } from '../../recipe/stage.js';
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
  const pairSettings = { ...settings, ...(countTokens && { countTokens }) };
  // Every request in flight listens to the one signal.
  setMaxListeners(0, signal);
  const unavailableLimit = Math.max(10, Math.ceil(rows.length * UNAVAILABLE_SHARE));
  let unavailableCount = 0;
  let doneCount = 0;
  let lastFailure: Error | undefined;
  const made: MadePairs = {
    pairs: [],
    rejected: [],
    quarantined: [],
    askedCount: 0,
    isCutShort: false,
  };

  type Outcome = { pair: PlacedPair } | { rejected: RejectedRow } | { quarantined: QuarantinedRow };
  const makePair = async ({ ordinal, row, route }: PlannedRow): Promise<Outcome | undefined> => {
    if (route === undefined || made.isCutShort) return undefined;
    const excerpt = excerptOf(row.prompt);
    const reject = (reason: string) => ({ rejected: { origin: row.source, reason, excerpt } });
    const quarantine = (reason: string, answer: string) => ({
      quarantined: { id: row.id, origin: row.source, route, reason, answer, excerpt },
    });
    const objection = objectionTo(row, route, settings);
    if (objection !== undefined) return reject(objection);
    made.askedCount += 1;
    try {
      const asked = await askProviders(row, route, options);
      if ('reason' in asked) return quarantine(asked.reason, asked.answer);
      const pair = formPair(row, { route, text: asked.text }, pairSettings);
      return typeof pair === 'string' ? reject(pair) : { pair: { ordinal, pair } };
    } catch (error) {
      if (error instanceof AllowanceSpentError) {
        made.isCutShort = true;
        return undefined;
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

  for (const outcome of await pMap(rows, makePair, { concurrency: options.window })) {
    if (outcome === undefined) continue;
    if ('pair' in outcome) made.pairs.push(outcome.pair);
    else if ('rejected' in outcome) made.rejected.push(outcome.rejected);
    else made.quarantined.push(outcome.quarantined);
  }
  assertFewRowsAreLost(
    {
      lost: made.quarantined.length,
      asked: made.askedCount,
      maxLossShare: settings.maxLossShare,
    },
    `The last: ${made.quarantined.at(-1)?.reason ?? ''}. Mend the provider named there, or allow a larger share.`,
    { cause: lastFailure },
  );
  return made;
}

/** What is known to be wrong before a provider is paid. */
function objectionTo(
  row: PromptRow,
  route: PairRoute,
  { maxDescriptionWords }: CollectSettings,
): string | undefined {
  const wordCount = words(row.prompt).length;
  if (route !== 'improved' || wordCount <= maxDescriptionWords) return undefined;
  return `description too long: ${wordCount} words, at most ${maxDescriptionWords}`;
}
