/** The whole suite: `all` for everything, `quick` without the tiers that take minutes. Ends with "N passed, N failed". */
import { join } from 'node:path';
import { readEnvironment } from '../environment.js';
import { runTests, type Counts } from './run-tests.js';
import { listStaticChecks } from './static-checks.js';

const tiers = {
  all: ['unit', 'workflow', 'replay', 'invariant', 'integration', 'chaos'],
  quick: ['unit', 'workflow', 'replay'],
};

/** Runs the checks of the sources two at a time; each is one more test that passed or failed. */
async function runStaticChecks(project: string): Promise<Counts> {
  const waiting = listStaticChecks(project);
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const since = performance.now();
      const problems = await check.run().catch((error: unknown) => String(error));
      const seconds = ((performance.now() - since) / 1000).toFixed(1);
      const outcome = problems === '' ? 'passed' : 'failed';
      process.stdout.write(`${check.name}: ${outcome}, ${seconds} s\n`);
      if (problems !== '') process.stdout.write(`${problems.replace(/^/gm, '  ')}\n`);
      counts[outcome] += 1;
    }
  };
  await Promise.all([work(), work()]);
  return counts;
}

const { paths } = readEnvironment();
const extent = process.argv[2] === 'quick' ? 'quick' : 'all';
const checks = await runStaticChecks(paths.project);
const tests = await runTests(tiers[extent], {
  project: paths.project,
  reportPath: join(paths.run, 'tests.json'),
});
const passed = checks.passed + tests.passed;
const failed = checks.failed + tests.failed;
const skipped = tests.skipped === 0 ? '' : `${String(tests.skipped)} skipped\n`;
process.stdout.write(`${skipped}${String(passed)} passed, ${String(failed)} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
