import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { createProgressReporter, wrapActivity } from '../../../activities/wrap-activity.js';
import { FailureType } from '../../../contracts/names.js';
import { silentLogger } from '../../support/silent-logger.js';

const environment = (): MockActivityEnvironment =>
  new MockActivityEnvironment({}, { logger: silentLogger });

function named(name: string): Error {
  const error = new Error('what went wrong');
  error.name = name;
  return error;
}

test.each(Object.values(FailureType))('%s is not tried again', async (name) => {
  const failing = wrapActivity(() => Promise.reject(named(name)));
  const failure = await environment()
    .run(failing)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type: name, nonRetryable: true, message: 'what went wrong' });
});

test('an unreadable model is an input that cannot be used', async () => {
  const failing = wrapActivity(() => Promise.reject(named('ModelFolderError')));
  await expect(environment().run(failing)).rejects.toMatchObject({
    type: 'InputInvalidError',
    nonRetryable: true,
  });
});

test('any other error stays as it is, to be tried again', async () => {
  const error = named('StoreUnavailableError');
  await expect(environment().run(wrapActivity(() => Promise.reject(error)))).rejects.toBe(error);
});

test("an abort ends as the activity's own cancellation, whatever the body threw", async () => {
  const mock = environment();
  const body = wrapActivity(
    () =>
      new Promise((_resolve, reject) => {
        mock.context.cancellationSignal.addEventListener('abort', () => {
          reject(new DOMException('aborted', 'AbortError'));
        });
      }),
  );
  const running = mock.run(body);
  setTimeout(() => {
    mock.cancel('WORKER_SHUTDOWN');
  }, 10);
  await expect(running).rejects.toThrow(CancelledFailure);
});

test('heartbeats go on from start to end and repeat the newest progress', async () => {
  const mock = environment();
  const beats: unknown[] = [];
  mock.on('heartbeat', (details) => beats.push(details));
  await mock.run(
    wrapActivity(async () => {
      const report = createProgressReporter();
      // A callback of another process has no activity context of its own.
      process.nextTick(() => {
        report({ step: 7 });
      });
      await new Promise((resolve) => setTimeout(resolve, 2300));
    }),
  );
  const whileRunning = beats.length;
  expect(beats).toEqual([undefined, { step: 7 }, { step: 7 }]);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(beats).toHaveLength(whileRunning);
});
