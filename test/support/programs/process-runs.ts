import { readFileSync } from 'node:fs';

/** Whether a process runs; a zombie, which waits for its parent to take notice, does not. */
export function processRuns(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
