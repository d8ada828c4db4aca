import { ApplicationFailure } from '@temporalio/workflow';
import type { ArtifactRef } from '../contracts/artifact.js';
import { FailureType } from '../contracts/names.js';

/**
 * The artifact, when it is there; a stage started by hand may lack one.
 * @throws ApplicationFailure InputInvalidError if it is not.
 */
export function requireInput(ref: ArtifactRef | undefined, name: string): ArtifactRef {
  if (ref) return ref;
  throw ApplicationFailure.nonRetryable(
    `The stage's input "${name}" is missing: give the reference of an artifact.`,
    FailureType.inputInvalid,
  );
}
