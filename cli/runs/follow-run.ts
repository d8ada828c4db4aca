import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../terminal/terminal.js';
import {
  renderChanges,
  renderProgressScreen,
  startLines,
  type ShownLines,
} from './progress-view.js';
import { isOver, type RunSnapshot } from './run-snapshot.js';

export interface FollowOptions {
  terminal: Terminal;
  /** JSON lines instead of text. */
  json: boolean;
  /** Ends the display, not the run. */
  signal: AbortSignal;
  /** Time between two reads, milliseconds. */
  intervalMs?: number;
}

/**
 * Shows a run until it is over and returns its last snapshot; `undefined` when `signal` ended the display first.
 *
 * A screen is redrawn; anything else gets one line a change, or one JSON object a change.
 */
export async function followRun(
  read: () => Promise<RunSnapshot>,
  options: FollowOptions,
): Promise<RunSnapshot | undefined> {
  const show = chooseView(options);
  const readSteadily = createSteadyRead(read);
  while (!options.signal.aborted) {
    const snapshot = await readSteadily();
    show(snapshot);
    if (isOver(snapshot)) return snapshot;
    try {
      await sleep(options.intervalMs ?? 1000, undefined, { signal: options.signal });
    } catch {
      break;
    }
  }
  return undefined;
}

/** Reads in a row that may find no worker, or no server, before that is shown or thrown. */
const missesForgiven = 10;

/**
 * Returns a read that bridges short gaps: while no worker or no server answers, the last progress stands.
 */
export function createSteadyRead(read: () => Promise<RunSnapshot>): () => Promise<RunSnapshot> {
  let last: RunSnapshot | undefined;
  let misses = 0;
  return async () => {
    try {
      const snapshot = await read();
      misses = snapshot.progress === undefined ? misses + 1 : 0;
      if (snapshot.progress !== undefined || isOver(snapshot)) return (last = snapshot);
      const { note = '', ...rest } = snapshot;
      const progress = last?.progress;
      return {
        ...rest,
        ...(progress && { progress }),
        ...(misses > missesForgiven && { note }),
      };
    } catch (error) {
      misses += 1;
      // A run that was never read does not exist, or its server is not there: there is no gap to bridge.
      if (last === undefined || misses > missesForgiven) throw error;
      return last;
    }
  };
}

function chooseView(options: FollowOptions): (snapshot: RunSnapshot) => void {
  if (options.json) return createJsonView(options.terminal);
  return options.terminal.isInteractive
    ? createScreenView(options.terminal)
    : createLineView(options.terminal);
}

function createScreenView(terminal: Terminal): (snapshot: RunSnapshot) => void {
  let drawn = 0;
  return (snapshot) => {
    const lines = renderProgressScreen(snapshot, new Date(), terminal);
    const back = drawn === 0 ? '' : `\u001b[${String(drawn)}A\u001b[0J`;
    terminal.write(`${back}${lines.join('\n')}\n`);
    drawn = lines.length;
  };
}

function createLineView(terminal: Terminal): (snapshot: RunSnapshot) => void {
  let shown: ShownLines = startLines();
  return (snapshot) => {
    const change = renderChanges(shown, snapshot, new Date());
    shown = change.shown;
    for (const line of change.lines) terminal.print(line);
  };
}

function createJsonView(terminal: Terminal): (snapshot: RunSnapshot) => void {
  let last = '';
  return (snapshot) => {
    const { elapsedSeconds, ...rest } = snapshot;
    const now = JSON.stringify(rest);
    if (now === last) return;
    last = now;
    terminal.print(JSON.stringify({ event: 'progress', elapsedSeconds, ...rest }));
  };
}
