import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BootstrapError, outputOf } from './command.mjs';
import { compareVersions } from './versions.mjs';

/**
 * @typedef {object} Prerequisite
 * @property {string} name what is looked for
 * @property {string[][]} probes commands; the first that succeeds counts
 * @property {RegExp} [version] finds the version in the output
 * @property {string} [minimum] oldest version accepted
 * @property {string} install what to install
 */

/** C++ compilers, in the order in which they are tried. */
export const compilers = ['g++', 'c++', 'clang++'];

/**
 * What the machine must bring along.
 * @param {{ python: string }} minimum
 * @returns {Prerequisite[]}
 */
export function listPrerequisites(minimum) {
  return [
    {
      name: `Python ${minimum.python} or newer`,
      probes: [['python3', '--version']],
      version: /Python (\d+\.\d+(?:\.\d+)?)/,
      minimum: minimum.python,
      install: 'python3 (Debian, Ubuntu: `apt install python3`; Fedora: `dnf install python3`)',
    },
    {
      name: 'pip for Python 3',
      probes: [['python3', '-m', 'pip', '--version']],
      install: 'pip (Debian, Ubuntu: `apt install python3-pip`; Fedora: `dnf install python3-pip`)',
    },
    {
      name: 'a C++ compiler',
      probes: compilers.map((name) => [name, '--version']),
      install: 'g++ (Debian, Ubuntu: `apt install g++`; Fedora: `dnf install gcc-c++`)',
    },
    {
      name: 'make',
      probes: [['make', '--version']],
      install: 'make (Debian, Ubuntu: `apt install make`; Fedora: `dnf install make`)',
    },
  ];
}

/**
 * Ensures that every prerequisite is there.
 * @param {Prerequisite[]} prerequisites
 * @param {(command: string[]) => string | undefined} [run] returns a command's output, undefined if it failed
 * @throws {BootstrapError} naming all that are missing at once, with what to install
 */
export function checkPrerequisites(prerequisites, run = outputOf) {
  const problems = [];
  for (const { name, probes, version, minimum, install } of prerequisites) {
    const output = probes.map((probe) => run(probe)).find((text) => text !== undefined);
    const found = version?.exec(output ?? '')?.[1];
    if (output === undefined) problems.push(`  - ${name}: not found. Install ${install}.`);
    else if (minimum && (!found || compareVersions(found, minimum) < 0))
      problems.push(`  - ${name}: found ${found ?? 'an unknown version'}. Install ${install}.`);
  }
  if (problems.length > 0)
    throw new BootstrapError(`This machine lacks what Burnish needs:\n${problems.join('\n')}`);
}

/**
 * Real path of a program on PATH, or undefined; programs inside `except` (our own tools) do not count.
 * @param {string} name
 * @param {string | undefined} searchPath value of PATH
 * @param {string[]} except folders
 */
export function findProgram(name, searchPath, except) {
  for (const folder of (searchPath ?? '').split(delimiter).filter(Boolean)) {
    try {
      const path = realpathSync(join(folder, name));
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile() && !except.some((own) => path.startsWith(`${own}/`))) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Variables that name a Temporal of the user's own. */
const temporalVariables = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];
/** Variables that name an S3 endpoint of the user's own. */
const s3Variables = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'];

/**
 * Which services the user brings along, so that Burnish neither installs nor starts its own.
 * @param {NodeJS.ProcessEnv} environment
 */
export function findExternalServices(environment) {
  const isAnySet = (/** @type {string[]} */ names) => names.some((name) => environment[name]);
  return { temporal: isAnySet(temporalVariables), s3: isAnySet(s3Variables) };
}
