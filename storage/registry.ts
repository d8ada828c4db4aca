import { z } from 'zod';
import { artifactRefSchema, digestSchema } from '../contracts/artifact.js';
import { canonicalJson } from '../files/digest.js';
import { mapInParallel } from './file-set.js';
import { putUnlessChanged, type ObjectStore } from './object-store.js';

/**
 * Published models.
 *
 * `registry/<name>/versions/<name>-<n>.json`: one immutable record a version, numbers given by create-only puts
 * `registry/<name>/aliases/<alias>.json`: the version an alias points to and every earlier one, moved by compare-and-swap
 */

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

const modelVersionSchema = z.strictObject({
  /** `<name>-<n>`, n from 1. */
  version: z.string(),
  policy: artifactRefSchema,
  recipeDigest: digestSchema,
  /** Scalars of the evaluation the version was published with. */
  evaluation: z.record(z.string(), z.number()),
  runId: z.string(),
  /** ISO 8601. */
  createdAt: z.string(),
});
export type ModelVersion = z.infer<typeof modelVersionSchema>;

const aliasMoveSchema = z.strictObject({
  version: z.string(),
  /** ISO 8601. */
  movedAt: z.string(),
  /** Why, in a few words: published by a run, rolled back by a person. */
  reason: z.string(),
});

const modelAliasSchema = z.strictObject({
  alias: z.string(),
  version: z.string(),
  /** Every move, the newest last; the last one is `version`. */
  history: z.array(aliasMoveSchema).min(1),
});
export type ModelAlias = z.infer<typeof modelAliasSchema>;

export class VersionMissingError extends Error {
  constructor(reference: string, found: string) {
    super(
      `Expected "${reference}" to name a published model (name, name-3 or name@alias) and found ${found}.`,
    );
    this.name = 'VersionMissingError';
  }
}

export class RegistryCorruptError extends Error {
  constructor(store: ObjectStore, key: string, options: ErrorOptions) {
    super(
      `${store.bucketUri}/${key} was expected to be a registry record and cannot be read as one. Restore the object or delete it.`,
      options,
    );
    this.name = 'RegistryCorruptError';
  }
}

/** The new version's record; a run that publishes the same policy again gets the version it already has. */
export async function publishVersion(
  store: ObjectStore,
  publication: { name: string } & Omit<ModelVersion, 'version'>,
): Promise<ModelVersion> {
  const { name, ...content } = publication;
  assertName(name);
  for (;;) {
    const versions = await listVersions(store, name);
    const same = versions.find(
      ({ policy, runId }) => policy.digest === content.policy.digest && runId === content.runId,
    );
    if (same !== undefined) return same;
    const newest = versions.at(-1);
    const number = newest === undefined ? 1 : numberOf(name, newest.version) + 1;
    const record = modelVersionSchema.parse({ version: `${name}-${number}`, ...content });
    const object = { key: versionKey(name, number), body: canonicalJson(record) };
    // Where another run took the number, the next one is taken.
    if (await putUnlessChanged(store, object, undefined)) return record;
  }
}

/** Every version of a model, oldest first; empty when nothing was published under the name. */
export async function listVersions(store: ObjectStore, name: string): Promise<ModelVersion[]> {
  assertName(name);
  const numbers: number[] = [];
  for await (const { key } of store.list(`registry/${name}/versions/`)) {
    const number = Number(/-(\d+)\.json$/.exec(key)?.[1]);
    if (key === versionKey(name, number)) numbers.push(number);
  }
  numbers.sort((a, b) => a - b);
  const records = await mapInParallel(numbers, (number) => readVersion(store, name, number));
  return records.filter((record) => record !== undefined);
}

/**
 * The alias after the move; moving it to where it is changes nothing.
 * @throws VersionMissingError if the version was never published.
 */
export async function moveAlias(
  store: ObjectStore,
  move: { name: string; alias: string; version: string; movedAt: string; reason: string },
): Promise<ModelAlias> {
  const { name, alias, version, movedAt, reason } = move;
  if ((await readVersion(store, name, numberOf(name, version))) === undefined) {
    throw new VersionMissingError(version, 'no such version');
  }
  const key = aliasKey(name, alias);
  for (;;) {
    const current = await readAs(modelAliasSchema, store, key);
    if (current?.record.version === version) return current.record;
    const history = [...(current?.record.history ?? []), { version, movedAt, reason }];
    const next: ModelAlias = { alias, version, history };
    if (await putUnlessChanged(store, { key, body: canonicalJson(next) }, current)) return next;
  }
}

/** Where an alias points and has pointed; `undefined` if it was never set. */
export async function readAlias(
  store: ObjectStore,
  name: string,
  alias: string,
): Promise<ModelAlias | undefined> {
  return (await readAs(modelAliasSchema, store, aliasKey(name, alias)))?.record;
}

/**
 * The version that a reference names: `burnish` is the newest, `burnish-3` that one, `burnish@production` where the alias points.
 * @throws VersionMissingError if it names none.
 */
export async function resolveVersion(store: ObjectStore, reference: string): Promise<ModelVersion> {
  const [head = '', alias, ...rest] = reference.split('@');
  if (rest.length > 0) throw new VersionMissingError(reference, 'two @');
  let version = head;
  if (alias !== undefined) {
    const target = await readAlias(store, head, alias);
    if (target === undefined) throw new VersionMissingError(reference, 'the alias was never set');
    version = target.version;
  }
  const [, name, number] = /^(.+)-(\d+)$/.exec(version) ?? [];
  if (name !== undefined && number !== undefined) {
    const record = await readVersion(store, name, Number(number));
    if (record !== undefined) return record;
    if (alias !== undefined) throw new VersionMissingError(reference, `${version} is gone`);
  }
  // A model's own name may end in a number too.
  const newest = (await listVersions(store, head)).at(-1);
  if (newest === undefined) throw new VersionMissingError(reference, 'nothing published');
  return newest;
}

async function readVersion(
  store: ObjectStore,
  name: string,
  number: number,
): Promise<ModelVersion | undefined> {
  return (await readAs(modelVersionSchema, store, versionKey(name, number)))?.record;
}

async function readAs<Schema extends z.ZodType>(
  schema: Schema,
  store: ObjectStore,
  key: string,
): Promise<{ record: z.infer<Schema>; etag: string } | undefined> {
  const stored = await store.get(key);
  if (stored === undefined) return undefined;
  try {
    const record = schema.parse(JSON.parse(new TextDecoder().decode(stored.body)));
    return { record, etag: stored.etag };
  } catch (error) {
    throw new RegistryCorruptError(store, key, { cause: error });
  }
}

/** n of `<name>-<n>`. */
function numberOf(name: string, version: string): number {
  const digits = version.startsWith(`${name}-`) ? version.slice(name.length + 1) : '';
  if (!/^[1-9]\d{0,14}$/.test(digits)) {
    throw new VersionMissingError(version, `no version of "${name}"`);
  }
  return Number(digits);
}

function versionKey(name: string, number: number): string {
  assertName(name);
  return `registry/${name}/versions/${name}-${number}.json`;
}

function aliasKey(name: string, alias: string): string {
  assertName(name);
  assertName(alias);
  return `registry/${name}/aliases/${alias}.json`;
}

function assertName(name: string): void {
  if (!namePattern.test(name)) throw new VersionMissingError(name, 'no valid name');
}
