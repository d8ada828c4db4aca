import type { Paint } from '../../terminal/terminal.js';

/** What the doctor found about one part. */
export interface Finding {
  part: string;
  /** `off`: an embedded service is not running. */
  state: 'ok' | 'off' | 'bad';
  found: string;
  /** What to do about it; absent with `ok`. */
  mend?: string;
}

type Outcome = Omit<Finding, 'part'>;

/** One check of the doctor; an error it throws is a bad finding. */
export interface Check {
  part: string;
  examine: () => Outcome | Promise<Outcome>;
}

/** Returns what was found, with what to do about it if that is not well. */
export function judge(isWell: boolean, found: string, mend: string): Outcome {
  return isWell ? { state: 'ok', found } : { state: 'bad', found, mend };
}

/** Returns the finding of a check; what it throws becomes a bad one. */
export async function examine(check: Check): Promise<Finding> {
  const { part } = check;
  try {
    return { part, ...(await check.examine()) };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    const mend = 'Mend what is said here and run `burnish doctor` again.';
    return { part, state: 'bad', found, mend };
  }
}

/** Returns one line for each finding, and one more with what to do about it. */
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
