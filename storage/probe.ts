import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from '../files/digest.js';
import { mapInParallel } from './file-set.js';
import { PreconditionFailedError, type ObjectStore } from './object-store.js';
import { StoreRefusedError } from './store-errors.js';

/** The answer to one check. */
interface ProbeFinding {
  check: string;
  ok: boolean;
  /** What was found and, if it is not as it should be, what that means. */
  message: string;
}

interface StoreProbe {
  /** True if every check passed. */
  ok: boolean;
  findings: ProbeFinding[];
}

interface ProbeOptions {
  /** Existing folder for the file that is sent in parts. Default: the system's folder for temporary files. */
  folder?: string;
  /** Report a store that ignores preconditions in place of refusing it. Only safe with one worker. */
  allowIgnoredPreconditions?: boolean;
}

/** Pairs of writers at once. Finds gross failures: a store that loses one race in a hundred mostly passes. */
const racePairs = 20;
/** Larger than one part, so that the upload is a multipart one. */
const multipartBytes = 9 * 1024 * 1024;

/** One thing asked of the store, and what the answer means for Burnish. */
interface Check {
  check: string;
  good: string;
  bad: string;
  /** True if checkpoints are not safe without it. */
  isPrecondition?: true;
  /** True if it is as it should be; a text: what it is, in place of `bad`; `undefined`: there is no server to ask. */
  run: (
    store: ObjectStore,
    prefix: string,
    scratch: string,
  ) => Promise<boolean | string | undefined>;
}

/**
 * What the store can be relied on for, found out by trying in a scratch prefix that is deleted afterwards.
 * @throws StoreRefusedError if the store ignores preconditions (unless allowed), the credentials or the bucket are wrong.
 * @throws StoreUnavailableError if the store does not answer.
 */
export async function probeStore(
  store: ObjectStore,
  options: ProbeOptions = {},
): Promise<StoreProbe> {
  const prefix = `probe/${randomUUID()}`;
  const { folder = tmpdir() } = options;
  let answers: (ProbeFinding & Pick<Check, 'isPrecondition'>)[];
  try {
    const found = await mapInParallel(checks, async ({ check, good, bad, isPrecondition, run }) => {
      const answer = await run(store, `${prefix}/${check.replaceAll(' ', '-')}`, folder);
      if (answer === undefined) return undefined;
      const message = answer === true ? good : answer === false ? bad : answer;
      return { check, ok: answer === true, message, ...(isPrecondition && { isPrecondition }) };
    });
    answers = found.filter((answer) => answer !== undefined);
  } finally {
    for await (const { key } of store.list(`${prefix}/`)) await store.delete(key);
  }
  const ignored = answers.filter(({ ok, isPrecondition }) => !ok && isPrecondition);
  if (ignored.length > 0 && options.allowIgnoredPreconditions !== true) {
    throw new StoreRefusedError(
      `${store.bucketUri} cannot keep checkpoints safe: ${ignored.map(({ message }) => message).join(' ')} ` +
        'Use a store that honours If-None-Match and If-Match, such as versitygw or AWS S3.',
    );
  }
  const findings = answers.map(({ check, ok, message }) => ({ check, ok, message }));
  return { ok: findings.every(({ ok }) => ok), findings };
}

const checks: Check[] = [
  {
    check: 'read after write',
    good: 'What was written is read and listed at once.',
    bad: 'What was just written is not read or listed: fresh checkpoints can be missed.',
    async run(store, prefix) {
      const key = `${prefix}/note`;
      await store.put(key, 'first');
      await store.put(key, 'second');
      const stored = await store.get(key);
      const listed: string[] = [];
      for await (const object of store.list(`${prefix}/`)) listed.push(object.key);
      return textOf(stored?.body) === 'second' && listed.includes(key);
    },
  },
  {
    check: 'create only',
    good: 'A second create of one key is refused.',
    bad: 'A second create of one key (If-None-Match: *) overwrites the first.',
    isPrecondition: true,
    async run(store, prefix) {
      const key = `${prefix}/once`;
      await store.put(key, 'first', { ifAbsent: true });
      const isRefused = !(await isTaken(store.put(key, 'second', { ifAbsent: true })));
      return isRefused && textOf((await store.get(key))?.body) === 'first';
    },
  },
  {
    check: 'compare and swap',
    good: 'A put against a stale etag is refused, against the current one taken.',
    bad: 'A put against a stale etag (If-Match) is not told from one against the current.',
    isPrecondition: true,
    async run(store, prefix) {
      const key = `${prefix}/swap`;
      const { etag: stale } = await store.put(key, 'first');
      const { etag } = await store.put(key, 'second');
      const isStaleRefused = !(await isTaken(store.put(key, 'third', { ifMatch: stale })));
      return (await isTaken(store.put(key, 'third', { ifMatch: etag }))) && isStaleRefused;
    },
  },
  {
    check: 'two writers at once',
    good: `Of two creates at once exactly one won, ${racePairs} times of ${racePairs}.`,
    bad: 'Of two creates at once not exactly one won.',
    isPrecondition: true,
    async run(store, prefix) {
      const winners = await Promise.all(
        Array.from({ length: racePairs }, async (_, pair) => {
          const key = `${prefix}/race-${pair}`;
          const writers = ['left', 'right'].map((body) =>
            isTaken(store.put(key, body, { ifAbsent: true })),
          );
          return (await Promise.all(writers)).filter(Boolean).length;
        }),
      );
      const wrong = winners.filter((count) => count !== 1).length;
      if (wrong === 0) return true;
      return `Of two creates at once not exactly one won, ${wrong} times of ${racePairs}.`;
    },
  },
  {
    check: 'upload in parts',
    good: 'A file sent in parts comes back the same.',
    bad: 'A file sent in parts comes back changed: no artifact could be read.',
    async run(store, prefix, scratch) {
      const folder = await mkdtemp(join(scratch, 'burnish-probe-'));
      try {
        const sent = join(folder, 'sent');
        const received = join(folder, 'received');
        await writeFile(sent, Buffer.alloc(multipartBytes, 'burnish'));
        await store.putFile(`${prefix}/large`, sent);
        await store.getToFile(`${prefix}/large`, received);
        return (await sha256OfFile(sent)) === (await sha256OfFile(received));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
  {
    check: 'wrong checksum',
    good: 'Bytes damaged on their way to the store are refused.',
    bad: 'Bytes damaged on their way to the store are kept: damage is found when they are read, by Burnish itself.',
    async run(store, prefix) {
      if (store.refusesWrongChecksum === undefined) return undefined;
      const isRefused = await store.refusesWrongChecksum(`${prefix}/checksum`);
      return (await store.get(`${prefix}/checksum`)) === undefined && isRefused;
    },
  },
  {
    check: 'ranged read',
    good: 'A part of an object can be read.',
    bad: 'A part of an object cannot be read; zips of pictures cannot be read from there.',
    async run(store, prefix) {
      await store.put(`${prefix}/range`, '0123456789');
      return textOf(await store.getRange(`${prefix}/range`, 2, 5)) === '2345';
    },
  },
];

/** Whether a conditional put was carried out. */
async function isTaken(put: Promise<unknown>): Promise<boolean> {
  try {
    await put;
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}

function textOf(body: Uint8Array | undefined): string | undefined {
  return body && new TextDecoder().decode(body);
}
