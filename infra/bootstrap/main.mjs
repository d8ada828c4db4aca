// Plain Node without dependencies: runs before anything is installed, on any Node that can say what it is.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError, stopRunningCommands } from './command.mjs';
import { installEverything } from './install.mjs';
import { bootstrapPaths, projectFolder } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { describeNodeProblem, describePlatformProblem } from './versions.mjs';

const benches = join(projectFolder, 'test', 'bench');

/**
 * What each verb runs once everything is installed.
 * @type {Record<string, string[]>}
 */
const programs = {
  demo: ['cli/main.ts', 'demo'],
  pretrain: ['cli/main.ts', 'pretrain'],
  burnish: ['cli/main.ts'],
  test: ['infra/checks/main.ts', 'all'],
  check: ['infra/checks/main.ts', 'quick'],
  chaos: ['test/chaos/main.ts'],
  draw: ['infra/layers/draw-layers.mjs'],
};

/** @param {string | undefined} name */
function findBench(name) {
  const known = readdirSync(benches)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace(/\.ts$/, ''));
  if (name !== undefined && known.includes(name)) return `test/bench/${name}.ts`;
  throw new BootstrapError(`Name a bench: npm run bench -- ${known.join(' | ')}`);
}

function isGlibc() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (
    process.report.getReport()
  );
  return report.header?.glibcVersionRuntime !== undefined;
}

/**
 * Runs a TypeScript program of the checkout and takes over its exit code.
 * @param {string[]} command path in the checkout and parameters
 */
function runProgram([path = '', ...parameters]) {
  const loader = new URL('node_modules/tsx/dist/loader.mjs', `file://${projectFolder}/`).href;
  const command = ['--import', loader, join(projectFolder, path), ...parameters];
  const child = spawn(process.execPath, command, {
    stdio: 'inherit',
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: join(projectFolder, 'tsconfig.json'),
      // Node 20 is supported here; the SDK's advice to leave it would stand in every output.
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
  });
  // A terminal sends Ctrl-C to the child too; the child decides what it means.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.once('close', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === 'SIGINT' ? 2 : 15);
  });
}

let isStopping = false;

/** @param {number} code */
const stop = (code) => async () => {
  isStopping = true;
  await stopRunningCommands();
  process.stderr.write('\nStopped; the next run takes up from here.\n');
  process.exit(code);
};

/** @param {string[]} parameters of the command line */
async function main([verb = 'install', ...parameters]) {
  const problem =
    describeNodeProblem(process.version) ??
    describePlatformProblem(process.platform, process.arch, isGlibc());
  if (problem) throw new BootstrapError(problem);
  if (verb === 'bench') programs['bench'] = [findBench(parameters.shift())];
  if (verb !== 'install' && !(verb in programs))
    throw new BootstrapError(
      `Unknown verb ${verb}; expected install, ${Object.keys(programs).join(', ')}.`,
    );

  const handlers = { SIGHUP: stop(129), SIGINT: stop(130), SIGTERM: stop(143) };
  for (const [signal, handler] of Object.entries(handlers)) process.once(signal, handler);
  const paths = bootstrapPaths(projectFolder, process.env);
  await installEverything(paths, process.env, () => createProgress(process.stderr));
  for (const [signal, handler] of Object.entries(handlers)) process.removeListener(signal, handler);
  if (verb !== 'install') runProgram([...(programs[verb] ?? []), ...parameters]);
}

main(process.argv.slice(2)).catch((error) => {
  // What was stopped on purpose has not failed.
  if (isStopping) return;
  const text = error instanceof BootstrapError ? error.message : String(error?.stack ?? error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
