import type { Client } from '@temporalio/client';
import { ExitCode } from '../failures.js';
import { withInterrupt } from '../interrupt.js';
import { concludeRun, type ConcludeOptions } from './conclude-run.js';
import { followRun } from './follow-run.js';
import { readRun } from './read-run.js';

/**
 * Shows a run until it is over and what it came to, and returns the exit code.
 *
 * Ctrl-C lets go of the run, which goes on, and says how to come back.
 */
export async function watchToEnd(
  client: Client,
  workflowId: string,
  options: ConcludeOptions,
): Promise<ExitCode> {
  const snapshot = await withInterrupt((signal) =>
    followRun(() => readRun(client, workflowId), { ...options, signal }),
  );
  if (snapshot === undefined) {
    options.terminal.note(
      `\nLet go of ${workflowId}; it goes on. Come back: burnish watch ${workflowId}`,
    );
    return ExitCode.detached;
  }
  await concludeRun(client, snapshot, options);
  return ExitCode.ok;
}
