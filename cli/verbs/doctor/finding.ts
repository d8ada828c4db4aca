import type { Paint } from '../../terminal/terminal.js';

/** What the doctor found out about one part. */
export interface Finding {
  part: string;
  /** `off`: Burnish's own service, which is simply not running. */
  state: 'ok' | 'off' | 'bad';
  found: string;
  /** What to do; given with every state but `ok`. */
  mend?: string;
}

/** One question of the doctor; it may throw, which is a bad finding too. */
export interface Check {
  part: string;
  examine: () => Promise<Omit<Finding, 'part'>>;
}

/** Returns the finding of a check; what it throws becomes a bad one. */
export async function examine(check: Check): Promise<Finding> {
  try {
    return { part: check.part, ...(await check.examine()) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return {
      part: check.part,
      state: 'bad',
      found,
      mend: 'Mend what is said here and run `burnish doctor` again.',
    };
  }
}

/** Returns one line for each finding, and one more for each that is not well. */
export function renderFindings(findings: Finding[], paint: Paint): string[] {
  const width = Math.max(0, ...findings.map(({ part }) => part.length));
  const words = {
    ok: paint('green', 'ok '),
    off: paint('yellow', 'off'),
    bad: paint('red', 'bad'),
  };
  return findings.flatMap(({ part, state, found, mend }) => [
    `${words[state]}  ${part.padEnd(width)}  ${found}`,
    ...(mend === undefined ? [] : [`     ${' '.repeat(width)}  → ${mend}`]),
  ]);
}
