import {
  ActivityCancellationDetails,
  ApplicationFailure,
  CancelledFailure,
} from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import {
  countTries,
  createProgressReporter,
  whileSaving,
  wrapActivity,
} from '../../../activities/wrap-activity.js';
import { FailureType } from '../../../contracts/names.js';
import { silentLogger } from '../../support/fakes/silent-logger.js';

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

test.each(['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'AssertionError'])(
  '%s, a fault of the program, is tried a few times and not for ever',
  async (name) => {
    const failing = wrapActivity(() => Promise.reject(named(name)));
    const attempt = (number: number): MockActivityEnvironment =>
      new MockActivityEnvironment({ attempt: number }, { logger: silentLogger });
    await expect(attempt(4).run(failing)).rejects.toMatchObject({ name });
    await expect(attempt(5).run(failing)).rejects.toMatchObject({
      type: 'ProgramFaultError',
      nonRetryable: true,
      message: `A fault of the program, 5 times: ${name}: what went wrong`,
    });
  },
);

test('a connection that fetch lost is no fault of the program', async () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const error = new TypeError('fetch failed', { cause });
  const late = new MockActivityEnvironment({ attempt: 50 }, { logger: silentLogger });
  await expect(late.run(wrapActivity(() => Promise.reject(error)))).rejects.toBe(error);
});

/** A body that an abort ends. */
const untilAborted = (): Promise<never> => Context.current().cancelled;

test('a worker that leaves uses up no try: its attempt fails for now, the next starts at once', async () => {
  const leave = async (
    heartbeatDetails?: object,
  ): Promise<{ failure: unknown; beats: unknown[] }> => {
    const mock = new MockActivityEnvironment(
      { attempt: 3, heartbeatDetails },
      { logger: silentLogger },
    );
    const beats: unknown[] = [];
    mock.on('heartbeat', (details) => beats.push(details));
    const running = mock.run(wrapActivity(untilAborted));
    setTimeout(() => {
      mock.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    }, 10);
    return { failure: await running.catch((error: unknown) => error), beats };
  };
  const first = await leave();
  expect(first.failure).toMatchObject({ type: 'WorkerShutdown', nextRetryDelay: '1 millisecond' });
  expect(first.failure).not.toMatchObject({ nonRetryable: true });
  expect(first.beats.at(-1)).toEqual({ departures: 1 });
  expect((await leave({ step: 7, departures: 1 })).beats.at(-1)).toEqual({ departures: 2 });

  const later = new MockActivityEnvironment(
    { attempt: 3, heartbeatDetails: { departures: 2 } },
    { logger: silentLogger },
  );
  const tries = wrapActivity(() => Promise.resolve(countTries(Context.current())));
  expect(await later.run(tries)).toBe(1);
});

test('an abort ends a body that does not heed it, and waits for one that saves', async () => {
  const run = (body: () => Promise<string>): Promise<string> => {
    const mock = environment();
    const running = mock.run<[], string, () => Promise<string>>(wrapActivity(body));
    mock.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }));
    return running;
  };
  const deaf = run(() => new Promise(() => undefined));
  const saved = run(() =>
    whileSaving(async () => {
      await deaf.catch(() => undefined);
      return 'saved';
    }),
  );
  await expect(deaf).rejects.toThrow(CancelledFailure);
  expect(await saved).toBe('saved');
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
    mock.cancel('CANCELLED', new ActivityCancellationDetails({ cancelRequested: true }));
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
