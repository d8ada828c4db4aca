import { setMaxListeners } from 'node:events';
import { RowLossExceededError } from '../../../contracts/errors.js';
import type { CollectSettings } from '../../../contracts/recipe/collect.js';
import type { PairRoute, PromptPair, PromptRow, RejectedRow } from '../../../contracts/records.js';
import { mapBounded } from '../../../providers/concurrency.js';
import { ProviderRowError, ProviderUnavailableError } from '../../../providers/errors.js';
import { words } from '../../../text/words.js';
import { askProviders, type PairProviders } from './ask-providers.js';
import { chooseRoute } from './choose-route.js';
import { formPair } from './form-pair.js';
import { excerptOf } from '../sources/source-row.js';
import { itemAt } from '../../../text/item-at.js';

/** Rows of a shard asked for at once: several shards run side by side, and each client keeps its own rate limit. */
const ROWS_IN_FLIGHT = 16;
/** Above this share of rows without an answer the provider is down, and waiting is better than losing rows. */
const UNAVAILABLE_SHARE = 0.2;
/** Marks the reason of rows that count as lost by providers. */
export const PROVIDER_FAILED = 'provider failed';

export interface MadePairs {
  /** In the order of their rows. */
  pairs: PromptPair[];
  rejected: RejectedRow[];
  /** Rows put aside because providers failed on them. */
  lostCount: number;
}

/**
 * One pair a row by the routes of the recipe; rows that give none come back with the reason.
 *
 * @throws RowLossExceededError if providers failed for good on more than `maxLossShare` of the rows that were asked for.
 * @throws ProviderUnavailableError if a provider seems to be down; ProviderRefusedError if it refuses this client.
 */
export async function makePairs(
  providers: PairProviders,
  rows: PromptRow[],
  options: {
    settings: CollectSettings;
    seed: number;
    signal: AbortSignal;
    onProgress: (doneCount: number) => void;
  },
): Promise<MadePairs> {
  const { settings, seed, signal, onProgress } = options;
  // Every request in flight listens to the one signal.
  setMaxListeners(0, signal);
  const unavailableLimit = Math.max(10, Math.ceil(rows.length * UNAVAILABLE_SHARE));
  let askedCount = 0;
  let lostCount = 0;
  let unavailableCount = 0;
  let doneCount = 0;
  let lastFailure: Error | undefined;

  const outcomes = await mapBounded(rows, ROWS_IN_FLIGHT, async (row) => {
    const plan = planRow(row, { settings, seed });
    if ('reason' in plan) return plan.reason;
    askedCount += 1;
    try {
      const text = await askProviders(providers, row, { route: plan.route, seed, signal });
      return formPair(row, { route: plan.route, text }, settings);
    } catch (error) {
      const isDown = error instanceof ProviderUnavailableError;
      if (!isDown && !(error instanceof ProviderRowError)) throw error;
      signal.throwIfAborted();
      if (isDown) unavailableCount += 1;
      if (unavailableCount > unavailableLimit) throw error;
      lostCount += 1;
      lastFailure = error;
      return `${PROVIDER_FAILED}: ${error.message}`;
    } finally {
      doneCount += 1;
      onProgress(doneCount);
    }
  });

  if (lostCount > settings.maxLossShare * askedCount) {
    throw new RowLossExceededError(lossMessage(lostCount, askedCount, settings.maxLossShare), {
      cause: lastFailure,
    });
  }
  const pairs: PromptPair[] = [];
  const rejected: RejectedRow[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    const row = itemAt(rows, index);
    if (typeof outcome !== 'string') pairs.push(outcome);
    else rejected.push({ origin: row.source, reason: outcome, excerpt: excerptOf(row.prompt) });
  }
  return { pairs, rejected, lostCount };
}

function planRow(
  row: PromptRow,
  { settings, seed }: { settings: CollectSettings; seed: number },
): { route: PairRoute } | { reason: string } {
  const route = chooseRoute(row, { routes: settings.routes, seed });
  if (route === undefined) return { reason: 'no route for this kind of prompt' };
  // Known before the provider is paid for it.
  const wordCount = words(row.prompt).length;
  if (route === 'improved' && wordCount > settings.maxDescriptionWords) {
    return {
      reason: `description too long: ${wordCount} words, at most ${settings.maxDescriptionWords}`,
    };
  }
  return { route };
}

function lossMessage(lostCount: number, askedCount: number, maxLossShare: number): string {
  return (
    `Providers failed on ${lostCount} of ${askedCount} rows; the recipe allows a share of ${maxLossShare} (collect.maxLossShare). ` +
    'Mend the provider named in the cause, or allow a larger share.'
  );
}
