import { RowLossExceededError } from '../../contracts/errors.js';
import {
  evaluationMethods,
  type EvaluationMethod,
  type HeldOutRow,
} from '../../contracts/report.js';
import type { Providers } from '../../providers/providers.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { keyOf } from '../../text/random.js';
import { dropParts, MAX_LOST_SHARE, scoreInChunks } from '../label-rewards/score-in-chunks.js';
import type { ScoredRow, Scores } from './measure-texts.js';
import { drawableText } from './drawable-text.js';

export interface ScoreMethodsOptions {
  scorer: Pick<Providers, 'scoreTexts'>;
  seed: number;
  imagesPerPrompt: number;
  signal: AbortSignal;
  onProgress: (progress: { method: EvaluationMethod; done: number; total: number }) => void;
  /** Where finished parts are kept until all are done; one prefix for one set of rows and settings. */
  parts: { store: ObjectStore; prefix: string };
}

/**
 * The descriptions with the scores of every method's text.
 *
 * A row's pictures have the same seeds for every method. A description with a text the providers fail on is left out for
 * all methods, so that the comparison stays paired.
 * @throws RowLossExceededError if more than a tenth is lost.
 */
export async function scoreMethods(
  rows: readonly HeldOutRow[],
  options: ScoreMethodsOptions,
): Promise<ScoredRow[]> {
  const all: { method: EvaluationMethod; scores: (Scores | undefined)[] }[] = [];
  for (const method of evaluationMethods) {
    const texts = rows.map((row) => ({
      x: row.x,
      y: drawableText(row.x, row.texts[method].y),
      rowKey: keyOf(row.rowId),
    }));
    const { seed, imagesPerPrompt, signal } = options;
    const scores = await scoreInChunks(options.scorer, texts, {
      seed,
      imagesPerPrompt,
      signal,
      onProgress: (done) => {
        options.onProgress({ method, done, total: rows.length });
      },
      parts: partsOf(options, method),
    });
    all.push({ method, scores });
  }
  const kept = rows.flatMap((row, index) => {
    const entries = all.map(({ method, scores }) => [method, scores[index]] as const);
    if (entries.some(([, scores]) => scores === undefined)) return [];
    return [{ ...row, scores: Object.fromEntries(entries) as ScoredRow['scores'] }];
  });
  const lostCount = rows.length - kept.length;
  if (kept.length === 0 || lostCount > MAX_LOST_SHARE * rows.length) {
    throw new RowLossExceededError(
      `Expected every method's scores for at least ${100 * (1 - MAX_LOST_SHARE)} % of ${rows.length} descriptions; the providers failed on ${lostCount}.`,
    );
  }
  return kept;
}

/** Deletes the parts that `scoreMethods` kept, once its result is stored elsewhere. */
export async function dropMethodParts(
  options: Pick<ScoreMethodsOptions, 'parts'>,
  rowCount: number,
): Promise<void> {
  for (const method of evaluationMethods) await dropParts(partsOf(options, method), rowCount);
}

function partsOf({ parts }: Pick<ScoreMethodsOptions, 'parts'>, method: EvaluationMethod) {
  return { store: parts.store, prefix: `${parts.prefix}/${method}` };
}
