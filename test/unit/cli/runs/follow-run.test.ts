import { describe, expect, it } from 'vitest';
import { createSteadyRead, followRun } from '../../../../cli/runs/follow-run.js';
import type { RunSnapshot } from '../../../../cli/runs/run-snapshot.js';
import { withoutColours, type Terminal } from '../../../../cli/terminal/terminal.js';
import { runningSnapshot, trainingStage } from './snapshot-fixture.js';

function recordingTerminal(isInteractive: boolean): Terminal & { printed: string[] } {
  const printed: string[] = [];
  const keep = (text: string): void => {
    printed.push(text);
  };
  const paint = withoutColours;
  return { isInteractive, width: 100, paint, printed, print: keep, note: keep, write: keep };
}

const seen = runningSnapshot([trainingStage()]);
const done: RunSnapshot = { ...seen, execution: 'completed' };
const blind: RunSnapshot = {
  workflowId: 'demo-1',
  runId: 'run',
  elapsedSeconds: 91,
  execution: 'running',
  note: 'no worker answers',
};

/** Reads the answers one after the other; an error is thrown. */
function reader(answers: (RunSnapshot | Error)[]): () => Promise<RunSnapshot> {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next, answers.length - 1)]!;
    next += 1;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
}

describe('createSteadyRead', () => {
  it('keeps the last progress while no worker answers, and says so only when it lasts', async () => {
    const read = createSteadyRead(reader([seen, blind]));
    await read();
    const second = await read();
    expect(second.progress).toEqual(seen.progress);
    expect(second.note).toBeUndefined();
    for (let count = 0; count < 9; count += 1) await read();
    expect((await read()).note).toBe('no worker answers');
  });

  it('gets over a server that is away for a moment, not over one that stays away', async () => {
    const read = createSteadyRead(reader([seen, new Error('away'), seen, new Error('gone')]));
    expect([await read(), await read(), await read()]).toEqual([seen, seen, seen]);
    for (let count = 0; count < 10; count += 1) await read();
    await expect(read()).rejects.toThrow('gone');
  });

  it('throws at once when the run was never seen', async () => {
    await expect(createSteadyRead(reader([new Error('no such run')]))()).rejects.toThrow('no such');
  });
});

describe('followRun', () => {
  const never = new AbortController().signal;

  it('returns the last snapshot of a run that is over', async () => {
    const terminal = recordingTerminal(false);
    const options = { terminal, json: false, signal: never, intervalMs: 1 };
    expect(await followRun(reader([seen, seen, done]), options)).toBe(done);
    expect(terminal.printed).toHaveLength(2);
  });

  it('prints one JSON object a change, and none when only time passed', async () => {
    const terminal = recordingTerminal(false);
    const later = { ...seen, elapsedSeconds: 95 };
    await followRun(reader([seen, later, done]), {
      ...{ terminal, json: true, signal: never, intervalMs: 1 },
    });
    const events = terminal.printed.map((line) => JSON.parse(line) as RunSnapshot);
    expect(events.map(({ execution }) => execution)).toEqual(['running', 'completed']);
  });

  it('goes back up by as many lines as it drew', async () => {
    const terminal = recordingTerminal(true);
    await followRun(reader([seen, done]), { terminal, json: false, signal: never, intervalMs: 1 });
    const drawn = terminal.printed[0]!.split('\n').length - 1;
    expect(terminal.printed[1]).toMatch(new RegExp(`^\\u001b\\[${String(drawn)}A`));
  });

  it('lets go when told to', async () => {
    const controller = new AbortController();
    const following = followRun(reader([seen]), {
      ...{ terminal: recordingTerminal(false), json: false, intervalMs: 60_000 },
      signal: controller.signal,
    });
    controller.abort();
    expect(await following).toBeUndefined();
  });
});
