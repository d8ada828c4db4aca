import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { inheritVariables } from '../../../infra/environment.js';

/** Seconds a call, and what the call measured itself. */
export type Measured = Record<string, number>;

/** A process that runs one workload when asked to. */
export interface Side {
  name: string;
  measure(calls: number): Promise<Measured>;
  /** Ends the process and returns its peak resident memory in MiB. */
  close(): Promise<number>;
}

export interface SideCommand {
  name: string;
  program: string;
  parameters: string[];
  environment: Record<string, string>;
  folder: string;
}

const MARK = '@';
const LOG_LINES = 30;

/**
 * Starts a side and waits until it is ready.
 *
 * @throws Error with the end of its log when the process ends before it answers.
 */
export async function startSide(command: SideCommand): Promise<Side> {
  const child = spawn(command.program, command.parameters, {
    cwd: command.folder,
    env: inheritVariables(command.environment),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    log.push(...text.split('\n').filter(Boolean));
    log.splice(0, log.length - LOG_LINES);
  });
  child.on('error', (error) => log.push(String(error)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Measured> => {
    for (;;) {
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done) throw new Error(`${command.name} ended before it answered:\n${log.join('\n')}`);
      if (value.startsWith(MARK)) return JSON.parse(value.slice(MARK.length)) as Measured;
      log.push(value);
    }
  };
  await answer();
  return {
    name: command.name,
    measure: (calls) => {
      child.stdin.write(`${JSON.stringify({ calls })}\n`);
      return answer();
    },
    close: async () => {
      child.stdin.end();
      const { peakRssMib } = await answer();
      return peakRssMib ?? 0;
    },
  };
}
