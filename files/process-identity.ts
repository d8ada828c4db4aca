import { readFileSync } from 'node:fs';

/** A process and the moment it began: together they never name another process. */
export interface ProcessIdentity {
  pid: number;
  /** In the kernel's ticks since boot, field 22 of /proc/PID/stat; empty if the process was gone already. */
  startTime: string;
}

interface ProcessStat {
  /** One letter; `Z` is a zombie: ended, and not yet waited for by its parent. */
  state: string;
  parentId: number;
  sessionId: number;
  startTime: string;
}

/** What the kernel says of a process; undefined if there is none with this number. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the last parenthesis may hold spaces and parentheses itself; the state after it is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      state: fields[0] ?? '',
      parentId: Number(fields[1]),
      sessionId: Number(fields[3]),
      startTime: fields[19] ?? '',
    };
  } catch {
    return undefined;
  }
}

/** The identity of the process that has this number now. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTime: readProcessStat(pid)?.startTime ?? '' };
}

/** Whether exactly this process is still there and not a zombie. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z';
}
