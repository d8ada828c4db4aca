import { Message } from '../contracts/names.js';
import { ExitCode, UsageError } from './failures.js';
import { withRuns } from './resources.js';
import type { Terminal } from './terminal.js';

export type OperatorWord = 'pause' | 'resume' | 'cancel' | 'approve' | 'reject';

/** Says one word to a run and prints what it answers. */
export async function message(
  word: OperatorWord,
  options: { run: string; note: string | undefined; terminal: Terminal },
): Promise<ExitCode> {
  const { run, note, terminal } = options;
  return withRuns(async ({ client }) => {
    const handle = client.workflow.getHandle(run);
    switch (word) {
      case 'pause':
        await handle.signal(Message.pause);
        terminal.print(`${run} is asked to hold; go on with: burnish resume ${run}`);
        break;
      case 'resume':
        await handle.signal(Message.resume, ...rateFactor(note));
        terminal.print(`${run} goes on.`);
        break;
      case 'cancel':
        await handle.cancel();
        terminal.print(`${run} is asked to end. Stages that had ended are kept.`);
        break;
      case 'approve':
        terminal.print(
          await handle.executeUpdate<string, [string]>(Message.approve, {
            args: [note ?? 'approved from the command line'],
          }),
        );
        break;
      case 'reject':
        terminal.print(
          await handle.executeUpdate<string, [string]>(Message.reject, {
            args: [note ?? 'rejected from the command line'],
          }),
        );
        break;
    }
    return ExitCode.ok;
  });
}

/** The factor of the learning rate that an operator gives after a guard tripped, as the signal's argument. */
function rateFactor(note: string | undefined): number[] {
  if (note === undefined) return [];
  const factor = Number(note);
  if (factor > 0 && factor <= 1) return [factor];
  throw new UsageError(
    `Expected what to multiply the learning rate with, above 0 and at most 1; found ${note}.`,
  );
}
