import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, readProcessStat } from '../../files/process-identity.js';

/** Ids of the engine processes that a worker process has started. */
export function enginesOf(worker: number | undefined): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(
      (pid) =>
        pid > 1 &&
        readProcessStat(pid)?.parentId === worker &&
        commandOf(pid).includes('engine/process/main'),
    );
}

/** Waits until none of the processes runs; false if one still does after the time. */
export async function untilGone(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (pids.some((pid) => isAlive(identify(pid)))) {
    if (performance.now() > deadline) return false;
    await sleep(100);
  }
  return true;
}

/** Command line of a process, its words apart by blanks; empty when it is gone. */
export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
