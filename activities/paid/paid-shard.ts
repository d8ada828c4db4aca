import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { z } from 'zod';
import type { CollectShardInput } from '../../contracts/activities.js';
import type { ArtifactKind, ArtifactRef } from '../../contracts/artifact.js';
import type { ShardPlan, Spending } from '../../contracts/shards.js';
import { readAllRows } from '../../files/jsonl.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import type { StoreDependencies } from '../dependencies.js';
import { createProgressReporter } from '../wrap-activity.js';
import { openAnswerLog, type AnswerLog, type LogPlace } from './answer-log.js';
import { Budget } from './budget.js';
import { shardBits, shardFile } from './shard-layout.js';
import { spendingSince } from './spending.js';

/** Rows under way for each call a provider is asked at once: an answer is on its way to the store for a while. */
const rowsPerCall = 3;

/** What the work on a shard's rows is given. */
export interface PaidWork {
  budget: Budget;
  log: AnswerLog;
  signal: AbortSignal;
  /** Shows in the heartbeats how many rows are done. */
  onProgress: (doneCount: number) => void;
}

/**
 * One shard of rows that providers are paid for, and the artifact of what came of them.
 *
 * Every answer is in the store before its row is done, so that another attempt, or a later run, asks for the rest only.
 * Without an artifact the allowance ran out; what was answered is kept.
 * @throws what `ask`, `write` and the store throw.
 */
export async function paidShard<Schema extends z.ZodType, Done extends { isCutShort: boolean }>(
  { store, cacheFolder }: StoreDependencies,
  input: Pick<CollectShardInput, 'shardIndex' | 'stageKey' | 'allowance' | 'prior'> & {
    plan: Pick<ShardPlan, 'rows' | 'shardCount'>;
  },
  work: {
    kind: LogPlace['kind'];
    rowSchema: Schema;
    /** Asks for all that the rows need. */
    ask: (rows: z.infer<Schema>[], paid: PaidWork) => Promise<Done>;
    /** Writes what came of the rows into a new folder. */
    write: (folder: string, done: Done) => Promise<void>;
    artifactKind: ArtifactKind;
  },
): Promise<{ done: Done; spent: Spending; artifact?: ArtifactRef }> {
  const { plan, shardIndex, stageKey, allowance, prior } = input;
  const reportProgress = createProgressReporter();
  const signal = cancellationSignal();
  const planFolder = await readArtifact(store, plan.rows, cacheFolder);
  const rows = await readAllRows(join(planFolder, shardFile(shardIndex)), work.rowSchema);
  const place = { kind: work.kind, bits: shardBits(shardIndex, plan.shardCount), stageKey };
  const log = await openAnswerLog(store, place, signal);
  const budget = new Budget(log, allowance, prior);
  const onProgress = (doneCount: number): void => {
    reportProgress({ doneCount, rowCount: rows.length, callsInFlight: budget.inFlight });
  };
  let done: Done;
  try {
    done = await work.ask(rows, { budget, log, signal, onProgress });
  } catch (error) {
    await log.close({ join: false });
    throw error;
  }
  const spent = spendingSince(prior, log.spent);
  if (done.isCutShort) {
    await log.close({ join: true });
    return { done, spent };
  }
  const storeResult = withWorkFolder(cacheFolder, async (folder) => {
    await work.write(folder, done);
    return writeArtifact(store, work.artifactKind, folder);
  });
  // Both at once: meanwhile the providers have nothing to do for this shard's part of the limits.
  const [artifact] = await Promise.all([storeResult, log.close({ join: true })]);
  return { done, spent, artifact };
}

/** Rows that a shard has under way: enough to keep its share of a provider's calls busy. */
export function rowsUnderWay(share: number, concurrency: number, callsPerRow = 1): number {
  return Math.max(4, Math.ceil((rowsPerCall * share * concurrency) / callsPerRow));
}
