import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256OfFile } from '../files/digest.js';
import { mapInParallel } from './file-set.js';
import { PreconditionFailedError, type ObjectStore } from './object-store.js';
import { StoreRefusedError } from './store-errors.js';

/** One thing asked of the store. */
export interface ProbeFinding {
  check: string;
  ok: boolean;
  /** What was found and, if it is not as it should be, what that means. */
  message: string;
}

export interface StoreProbe {
  /** True if every check passed. */
  ok: boolean;
  findings: ProbeFinding[];
}

export interface ProbeOptions {
  /** Existing folder for the file that is sent in parts. Default: the system's folder for temporary files. */
  folder?: string;
  /** Report a store that ignores preconditions in place of refusing it. Only safe with one worker. */
  allowIgnoredPreconditions?: boolean;
}

/** Pairs of writers at once. Finds gross failures: a store that loses one race in a hundred mostly passes. */
const racePairs = 20;
/** Larger than one part, so that the upload is a multipart one. */
const multipartBytes = 9 * 1024 * 1024;

/** `undefined`: the store has no server that could be asked. */
type Check = (
  store: ObjectStore,
  prefix: string,
  scratch: string,
) => Promise<Omit<ProbeFinding, 'check'> | undefined>;

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
  let answers: (ProbeFinding | undefined)[];
  try {
    answers = await mapInParallel(Object.entries(checks), async ([check, run]) => {
      const answer = await run(store, `${prefix}/${check.replaceAll(' ', '-')}`, folder);
      return answer && { check, ...answer };
    });
  } finally {
    for await (const { key } of store.list(`${prefix}/`)) await store.delete(key);
  }
  const findings = answers.filter((answer) => answer !== undefined);
  const ignored = findings.filter(({ check, ok }) => !ok && preconditionChecks.has(check));
  if (ignored.length > 0 && options.allowIgnoredPreconditions !== true) {
    throw new StoreRefusedError(
      `${store.bucketUri} cannot keep checkpoints safe: ${ignored.map(({ message }) => message).join(' ')} ` +
        'Use a store that honours If-None-Match and If-Match, such as versitygw or AWS S3.',
    );
  }
  return { ok: findings.every(({ ok }) => ok), findings };
}

const preconditionChecks = new Set(['create only', 'compare and swap', 'two writers at once']);

const checks: Record<string, Check> = {
  'read after write': async (store, prefix) => {
    const key = `${prefix}/note`;
    await store.put(key, 'first');
    await store.put(key, 'second');
    const stored = await store.get(key);
    const listed: string[] = [];
    for await (const object of store.list(`${prefix}/`)) listed.push(object.key);
    const ok = textOf(stored?.body) === 'second' && listed.includes(key);
    return ok
      ? { ok, message: 'What was written is read and listed at once.' }
      : {
          ok,
          message: 'What was just written is not read or listed: fresh checkpoints can be missed.',
        };
  },

  'create only': async (store, prefix) => {
    const key = `${prefix}/once`;
    await store.put(key, 'first', { ifAbsent: true });
    const isRefused = !(await isTaken(store.put(key, 'second', { ifAbsent: true })));
    const ok = isRefused && textOf((await store.get(key))?.body) === 'first';
    return ok
      ? { ok, message: 'A second create of one key is refused.' }
      : { ok, message: 'A second create of one key (If-None-Match: *) overwrites the first.' };
  },

  'compare and swap': async (store, prefix) => {
    const key = `${prefix}/swap`;
    const { etag: stale } = await store.put(key, 'first');
    const { etag } = await store.put(key, 'second');
    const isStaleRefused = !(await isTaken(store.put(key, 'third', { ifMatch: stale })));
    const isCurrentTaken = await isTaken(store.put(key, 'third', { ifMatch: etag }));
    const ok = isStaleRefused && isCurrentTaken;
    return ok
      ? { ok, message: 'A put against a stale etag is refused, against the current one taken.' }
      : {
          ok,
          message:
            'A put against a stale etag (If-Match) is not told from one against the current.',
        };
  },

  'two writers at once': async (store, prefix) => {
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
    return wrong === 0
      ? {
          ok: true,
          message: `Of two creates at once exactly one won, ${racePairs} times of ${racePairs}.`,
        }
      : {
          ok: false,
          message: `Of two creates at once not exactly one won, ${wrong} times of ${racePairs}.`,
        };
  },

  'upload in parts': async (store, prefix, scratch) => {
    const folder = await mkdtemp(join(scratch, 'burnish-probe-'));
    try {
      const sent = join(folder, 'sent');
      const received = join(folder, 'received');
      await writeFile(sent, Buffer.alloc(multipartBytes, 'burnish'));
      await store.putFile(`${prefix}/large`, sent);
      await store.getToFile(`${prefix}/large`, received);
      const ok = (await sha256OfFile(sent)) === (await sha256OfFile(received));
      return ok
        ? { ok, message: 'A file sent in parts comes back the same.' }
        : { ok, message: 'A file sent in parts comes back changed: no artifact could be read.' };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },

  'wrong checksum': async (store, prefix) => {
    if (store.refusesWrongChecksum === undefined) return undefined;
    const isRefused = await store.refusesWrongChecksum(`${prefix}/checksum`);
    const isAbsent = (await store.get(`${prefix}/checksum`)) === undefined;
    const ok = isRefused && isAbsent;
    return ok
      ? { ok, message: 'Bytes damaged on their way to the store are refused.' }
      : {
          ok,
          message:
            'Bytes damaged on their way to the store are kept: damage is found when they are read, by Burnish itself.',
        };
  },

  'ranged read': async (store, prefix) => {
    await store.put(`${prefix}/range`, '0123456789');
    const ok = textOf(await store.getRange(`${prefix}/range`, 2, 5)) === '2345';
    return ok
      ? { ok, message: 'A part of an object can be read.' }
      : {
          ok,
          message:
            'A part of an object cannot be read; zips of pictures cannot be read from there.',
        };
  },
};

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
