import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** How many passed, failed and were left out. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const resultsSchema = z.object({
  success: z.boolean(),
  numPassedTests: z.int(),
  numFailedTests: z.int(),
  numPendingTests: z.int(),
  numTodoTests: z.int().default(0),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * Counts of a vitest run from its JSON report.
 *
 * A file that cannot be loaded holds no test, and an error outside of tests fails the run: each counts as one failure.
 */
export function countTests(report: unknown): Counts {
  const results = resultsSchema.parse(report);
  const brokenFiles = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = results.numFailedTests + brokenFiles;
  return {
    passed: results.numPassedTests,
    failed: failed === 0 && !results.success ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/** Runs the tests of some tiers with their output shown, and counts them. */
export async function runTests(
  tiers: readonly string[],
  options: { project: string; reportPath: string },
): Promise<Counts> {
  const { project, reportPath } = options;
  rmSync(reportPath, { force: true });
  mkdirSync(dirname(reportPath), { recursive: true });
  const vitest = join(project, 'node_modules', 'vitest', 'vitest.mjs');
  const code = await new Promise<number | null>((accept, reject) => {
    const child = spawn(
      process.execPath,
      [
        vitest,
        'run',
        ...tiers.flatMap((tier) => ['--project', tier]),
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${reportPath}`],
      ],
      { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    child.once('error', reject);
    child.once('close', accept);
  });
  const counts = readCounts(reportPath);
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

function readCounts(reportPath: string): Counts {
  try {
    return countTests(JSON.parse(readFileSync(reportPath, 'utf8')));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}
