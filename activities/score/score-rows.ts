import { setMaxListeners } from 'node:events';
import { pMapIterable } from 'p-map';
import { ProviderRowError } from '../../providers/errors.js';
import { AllowanceSpentError } from '../paid/budget.js';
import { assertFewScoresAreLost } from '../paid/losses.js';
import type { PaidPictures } from './paid-pictures.js';
import type { DrawnText, PaidScores } from './paid-scores.js';
import { type ScoredText, type TextRow, type UnscoredText } from './scored-texts.js';

/** Groups that are scored while pictures of the next are drawn. */
const groupsAtOnce = 2;

interface ScoreRowsOptions {
  pictures: PaidPictures;
  scores: PaidScores;
  /** Texts whose pictures are drawn, or wait for those before them, at once. */
  window: number;
  /** Texts of all shards: when more than a tenth of them is lost, going on is of no use. */
  textCount: number;
  signal: AbortSignal;
  onProgress: (doneCount: number) => void;
}

interface ScoredRows {
  /** In the order of the rows, like those below. */
  scored: ScoredText[];
  /** Texts that providers failed on for good. */
  quarantined: UnscoredText[];
  /** The allowance ran out before every text was scored. */
  isCutShort: boolean;
}

/**
 * The scores of texts: pictures are drawn ahead, and scored in groups; a text that spoils its group is found and put
 * aside.
 *
 * @throws RowLossExceededError as soon as more than a tenth of all texts is put aside.
 * @throws ProviderUnavailableError, ProviderRefusedError or the signal's reason; all that was answered is recorded.
 */
// eslint-disable-next-line max-lines-per-function -- one course over the same counts: draw ahead, group, score, put aside
export async function scoreRows(
  rows: readonly TextRow[],
  { pictures, scores, window, textCount, signal, onProgress }: ScoreRowsOptions,
): Promise<ScoredRows> {
  // Every request in flight listens to the one signal.
  setMaxListeners(0, signal);
  const lost = new Map<string, UnscoredText>();
  let isCutShort = false;
  let doneCount = 0;

  const finish = (count: number): void => {
    doneCount += count;
    onProgress(doneCount);
  };
  const putAside = ({ id, x, y }: TextRow, error: ProviderRowError): void => {
    const reason = `provider failed: ${error.message}`;
    lost.set(id, { id, x, y, reason, answer: error.failure.answer ?? '' });
    const all = { lost: lost.size, of: textCount };
    assertFewScoresAreLost({ scores: 'scores', things: 'texts' }, all, [{ reason }]);
    finish(1);
  };
  /** Undefined where there is nothing to go on with: a failure of this text, or nothing left to spend. */
  const unlessLost = async <T>(row: TextRow, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProviderRowError) putAside(row, error);
      else if (error instanceof AllowanceSpentError) isCutShort = true;
      else throw error;
      return undefined;
    }
  };
  const draw = async (row: TextRow): Promise<DrawnText | undefined> => {
    if (isCutShort) return undefined;
    return unlessLost(row, async () => ({ row, pictures: await pictures.draw(row) }));
  };
  const score = async (texts: readonly DrawnText[]): Promise<void> => {
    await scores.ask(texts);
    await Promise.all(texts.map(({ row }) => pictures.drop(row)));
    finish(texts.length);
  };
  const scoreGroup = async (texts: readonly DrawnText[]): Promise<void> => {
    try {
      await score(texts);
    } catch (error) {
      if (error instanceof AllowanceSpentError) isCutShort = true;
      else if (!(error instanceof ProviderRowError)) throw error;
      // One bad text spoils its group: ask again one by one to find it.
      else await Promise.all(texts.map((text) => unlessLost(text.row, () => score([text]))));
    }
  };

  const waiting: TextRow[] = [];
  for (const row of rows) {
    if (scores.find(row) === undefined) waiting.push(row);
    else {
      // A kill may have come between the scores and this.
      await pictures.drop(row);
      finish(1);
    }
  }
  const underWay: Promise<void>[] = [];
  const start = async (texts: readonly DrawnText[]): Promise<void> => {
    if (underWay.length >= groupsAtOnce) await underWay.shift();
    const work = scoreGroup(texts);
    // A failure is thrown when its turn comes.
    work.catch(() => undefined);
    underWay.push(work);
  };
  let group: DrawnText[] = [];
  let weight = 0;
  for await (const text of pMapIterable(waiting, draw, { concurrency: window })) {
    if (text === undefined) continue;
    const more = scores.weightOf(text);
    if (group.length > 0 && weight + more > 1) {
      await start(group);
      group = [];
      weight = 0;
    }
    group.push(text);
    weight += more;
  }
  if (group.length > 0) await start(group);
  for (const work of underWay) await work;

  const scored = rows.flatMap((row): ScoredText[] => {
    const score = scores.find(row);
    return score ? [{ id: row.id, ...score }] : [];
  });
  return { scored, quarantined: rows.flatMap(({ id }) => lost.get(id) ?? []), isCutShort };
}
