import { FailureType } from '../contracts/names.js';

/** Exit codes of every verb. */
export const ExitCode = {
  ok: 0,
  /** The run, or what was asked of it, failed. */
  runFailed: 1,
  /** The command line or the recipe is wrong; nothing was started. */
  usage: 2,
  /** A server, a file system, a tool or a credential is missing or refuses. */
  environment: 3,
  /** Ctrl-C ended the command; the run it watched goes on. */
  detached: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The command line or a file it names is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A server, a program or a file that the command needs is not there. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

/** A run did not complete. */
export class RunFailedError extends Error {
  override readonly name = 'RunFailedError';
}

export interface FailureDescription {
  message: string;
  exitCode: ExitCode;
}

/** Exit codes of errors known by the names of their classes. */
const exitCodes = new Map<string, ExitCode>([
  ['UsageError', ExitCode.usage],
  ['PlaceTakenError', ExitCode.usage],
  [FailureType.versionMissing, ExitCode.usage],
  [FailureType.recipeInvalid, ExitCode.usage],
  [FailureType.inputInvalid, ExitCode.usage],
  ['UnavailableError', ExitCode.environment],
  ['EnvironmentError', ExitCode.environment],
  ['ServiceFailedError', ExitCode.environment],
  ['PortBusyError', ExitCode.environment],
  ['BootstrapError', ExitCode.environment],
  ['StoreUnavailableError', ExitCode.environment],
  ['GarbageRunningError', ExitCode.environment],
  [FailureType.storeRefused, ExitCode.environment],
]);

/**
 * Returns what to print and the exit code for anything a verb can throw.
 *
 * The cause chain is read from the inside out, since Temporal wraps an activity's failure twice or three times.
 * Errors known by name come first: their messages hold more than the system error they were made from.
 */
export function describeFailure(error: unknown): FailureDescription {
  if (error instanceof RunFailedError) {
    return { message: error.message, exitCode: ExitCode.runFailed };
  }
  const chain = causeChain(error).reverse();
  for (const describe of [describeNamed, describeService, describeSystem]) {
    for (const link of chain) {
      const description = describe(link);
      if (description) return description;
    }
  }
  const [innermost] = chain;
  const message = innermost ? textOf(innermost) : String(error);
  return { message, exitCode: ExitCode.runFailed };
}

interface ErrorLike {
  name?: string;
  message?: string;
  type?: unknown;
  code?: unknown;
  address?: unknown;
  port?: unknown;
  path?: unknown;
  cause?: unknown;
}

function causeChain(error: unknown): ErrorLike[] {
  const chain: ErrorLike[] = [];
  let link: unknown = error;
  while (typeof link === 'object' && link !== null && !chain.includes(link)) {
    chain.push(link);
    link = (link as ErrorLike).cause;
  }
  return chain;
}

/** Reads the name of an error's class; Temporal keeps it as the type of a failure. */
function describeNamed(error: ErrorLike): FailureDescription | undefined {
  const name = typeof error.type === 'string' && error.type !== '' ? error.type : error.name;
  if (name === undefined) return undefined;
  const exitCode = exitCodes.get(name);
  return exitCode === undefined ? undefined : { message: textOf(error), exitCode };
}

function describeService(error: ErrorLike): FailureDescription | undefined {
  if (error.name === 'WorkflowNotFoundError') {
    const message =
      'No such run, or it is over already. `burnish status` lists those that are going on.';
    return { message, exitCode: ExitCode.usage };
  }
  if (!isNoServer(error)) return undefined;
  const message =
    'The Temporal server does not answer any more. Runs are safe; once it is back: `burnish status`.';
  return { message, exitCode: ExitCode.environment };
}

/** True if no server answered: gRPC status 14 is UNAVAILABLE, and the client's first connection fails with a plain message. */
function isNoServer(error: ErrorLike): boolean {
  const message = error.message ?? '';
  if (/failed to connect before the deadline|no connection established/i.test(message)) return true;
  return error.code === 14 && /unavailable/i.test(message);
}

function describeSystem(error: ErrorLike): FailureDescription | undefined {
  const place = [error.address, error.port]
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .join(':');
  const path = typeof error.path === 'string' ? error.path : 'the file';
  const messages: Record<string, string> = {
    EADDRINUSE: `Port ${place || 'wanted'} is in use by another process. Stop that process or choose another port.`,
    ECONNREFUSED: `Nothing listens at ${place || 'the address'}. Start the services with \`burnish up\`, or correct the address.`,
    ENOTFOUND: `The host name of ${place || 'the address'} is not known. Correct the address.`,
    ENOSPC: `The disk is full while writing ${path}. Free space and run again.`,
    EACCES: `Permission denied for ${path}. Choose another place or change its permissions.`,
    ENOENT: `${path} does not exist. Check the path.`,
  };
  const message = typeof error.code === 'string' ? messages[error.code] : undefined;
  return message === undefined ? undefined : { message, exitCode: ExitCode.environment };
}

function textOf(error: ErrorLike): string {
  return error.message || (error.name ?? 'Unknown failure');
}
