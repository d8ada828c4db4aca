import { existsSync } from 'node:fs';
import { findProgram } from '../../../infra/bootstrap/prerequisites.mjs';
import { inheritVariables, readEnvironment } from '../../../infra/environment.js';

/**
 * Path of a server's program: the one a variable names, the one that bootstrap made, or the one on PATH.
 * @throws Error if there is none.
 */
export function findServerProgram(name: 'temporal' | 'versitygw'): string {
  const { temporalProgram, s3GatewayProgram } = readEnvironment().paths;
  const variable = `BURNISH_${name.toUpperCase()}`;
  const variables = inheritVariables({});
  const bootstrapped = { temporal: temporalProgram, versitygw: s3GatewayProgram }[name];
  const found =
    [variables[variable], bootstrapped].find((path) => path !== undefined && existsSync(path)) ??
    findProgram(name, variables['PATH'], []);
  if (found === undefined) throw new Error(`No ${name}: set ${variable} or run bootstrap.`);
  return found;
}
