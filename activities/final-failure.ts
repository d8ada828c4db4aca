import { ApplicationFailure } from '@temporalio/activity';
import { FailureType } from '../contracts/names.js';

const finalTypes: ReadonlySet<string> = new Set(Object.values(FailureType));
/** Errors about the content of files: another try reads the same. */
const inputFaults: ReadonlySet<string> = new Set([
  'BpeTrainingError',
  'FolderInvalidError',
  'ModelFolderError',
  'SafetensorsError',
  'TokenizerError',
  'ZodError',
]);
/** Errors that a program without faults does not throw. */
const programFaults: ReadonlySet<string> = new Set([
  'AssertionError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
]);
/** A program's fault can hide a passing one, such as a torn answer, so it has a few tries and not all time. */
const faultTries = 5;

/**
 * The failure that is not tried again, if it is one, else the error itself: servers and stores come back.
 *
 * What the closed list of failure types names is final at once, a fault of the program at its fifth try.
 */
export function finalFailure(error: unknown, tries: number): unknown {
  if (!(error instanceof Error) || error instanceof ApplicationFailure) return error;
  if (isProgramFault(error)) {
    if (tries < faultTries) return error;
    const message = `A fault of the program, ${tries} times: ${error.name}: ${error.message}`;
    return asFinal(error, FailureType.programFault, message);
  }
  const type = inputFaults.has(error.name) ? FailureType.inputInvalid : error.name;
  return finalTypes.has(type) ? asFinal(error, type, error.message) : error;
}

/** Node's fetch throws a TypeError for a lost connection, with the system's error as its cause. */
function isProgramFault({ name, cause }: Error): boolean {
  return programFaults.has(name) && !(cause instanceof Error && 'code' in cause);
}

function asFinal(error: Error, type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type,
    nonRetryable: true,
    cause: error,
    ...('details' in error && { details: [error.details] }),
  });
}
