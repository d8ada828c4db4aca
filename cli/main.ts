import { CommanderError } from 'commander';
import { createCommandLine } from './command-line.js';
import { describeFailure, ExitCode } from './failures.js';
import { createTerminal } from './terminal/terminal.js';

const terminal = createTerminal();
const isVerbose = process.argv.includes('--verbose');

// A closed pipe (`burnish status | head -1`) is no failure; a verb that started something stops it as at a SIGTERM.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (process.listenerCount('SIGTERM') === 0) process.exit(ExitCode.ok);
  process.emit('SIGTERM');
});

async function main(): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = createCommandLine(terminal, (outcome) => (code = outcome));
  try {
    await program.parseAsync(process.argv.slice(2), { from: 'user' });
    return code;
  } catch (error) {
    // Commander has printed its own message already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    const { message, exitCode } = describeFailure(error);
    terminal.note(`${terminal.paint('red', 'error')}: ${message}`);
    if (isVerbose) terminal.note(error instanceof Error ? (error.stack ?? '') : String(error));
    return exitCode;
  }
}

process.exitCode = await main();
