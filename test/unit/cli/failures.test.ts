import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
} from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { describeFailure, ExitCode, UnavailableError, UsageError } from '../../../cli/failures.js';

/** As a client sees an activity's failure inside a stage's child workflow. */
function wrapped(failure: ApplicationFailure): WorkflowFailedError {
  const activity = new ActivityFailure(
    'Activity task failed',
    'trainSegment',
    '1',
    RetryState.NON_RETRYABLE_FAILURE,
    'worker',
    failure,
  );
  const child = new ChildWorkflowFailure(
    'default',
    { workflowId: 'demo-1-fineTune', runId: 'r' },
    'fineTune',
    RetryState.NON_RETRYABLE_FAILURE,
    activity,
  );
  return new WorkflowFailedError(
    'Workflow execution failed',
    child,
    RetryState.NON_RETRYABLE_FAILURE,
  );
}

describe('describeFailure', () => {
  it('finds the recipe mistakes inside the wrappings of Temporal and calls them usage', () => {
    const failure = ApplicationFailure.nonRetryable(
      'seed: expected a number',
      'RecipeInvalidError',
    );
    expect(describeFailure(wrapped(failure))).toEqual({
      message: 'seed: expected a number',
      exitCode: ExitCode.usage,
    });
  });

  it('tells a diverged training by its own message, as a failed run', () => {
    const failure = ApplicationFailure.nonRetryable(
      'loss is NaN at step 7',
      'TrainingDivergedError',
    );
    expect(describeFailure(wrapped(failure))).toEqual({
      message: 'loss is NaN at step 7',
      exitCode: ExitCode.runFailed,
    });
  });

  it('calls a store that refuses an environment failure', () => {
    const failure = ApplicationFailure.nonRetryable('bucket b does not exist', 'StoreRefusedError');
    expect(describeFailure(wrapped(failure)).exitCode).toBe(ExitCode.environment);
  });

  it('says that runs are safe when the Temporal server goes away', () => {
    const refused = Object.assign(new Error('14 UNAVAILABLE: connect ECONNREFUSED'), { code: 14 });
    const described = describeFailure(new Error('query failed', { cause: refused }));
    expect(described.exitCode).toBe(ExitCode.environment);
    expect(described.message).toContain('Runs are safe');
  });

  it.each([
    ['VersionMissingError', ExitCode.usage],
    ['PortBusyError', ExitCode.environment],
    ['ServiceFailedError', ExitCode.environment],
    ['StoreUnavailableError', ExitCode.environment],
    ['EnvironmentError', ExitCode.environment],
    ['EngineCrashedError', ExitCode.runFailed],
  ])('gives %s exit code %i and keeps its message', (name, exitCode) => {
    const error = Object.assign(new Error('as it was'), { name });
    expect(describeFailure(error)).toEqual({ message: 'as it was', exitCode });
  });

  it('names the port that is in use', () => {
    const busy = Object.assign(new Error('listen EADDRINUSE'), {
      code: 'EADDRINUSE',
      address: '127.0.0.1',
      port: 8233,
    });
    const described = describeFailure(new Error('could not start', { cause: busy }));
    expect(described.message).toContain('127.0.0.1:8233');
    expect(described.exitCode).toBe(ExitCode.environment);
  });

  it('prefers an error that names the place to the system error it was made from', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED', port: 7070 });
    const named = Object.assign(
      new Error('bucket "b" at http://127.0.0.1:7070', { cause: refused }),
      {
        name: 'StoreUnavailableError',
      },
    );
    expect(describeFailure(named).message).toBe('bucket "b" at http://127.0.0.1:7070');
  });

  it('keeps the message and code of our own errors', () => {
    expect(describeFailure(new UsageError('no such pool'))).toEqual({
      message: 'no such pool',
      exitCode: ExitCode.usage,
    });
    expect(describeFailure(new UnavailableError('no disk')).exitCode).toBe(ExitCode.environment);
  });

  it('survives a cause that points back at itself, and things that are no errors', () => {
    const loop = new Error('round');
    loop.cause = loop;
    expect(describeFailure(loop).message).toBe('round');
    expect(describeFailure('just text').message).toBe('just text');
  });
});
