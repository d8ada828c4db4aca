import type { ObjectStore } from '../object-store.js';
import type { Unit } from './units.js';

/** Naming a digest is referring to it: SHA-256 in hex is never written by chance. */
const digestPattern = /[0-9a-f]{64}/g;
/** Files of an artifact that name others. */
const speakingFiles = new Set(['README.md', 'recipe.json', 'card.json', 'report.json']);
/** A larger file is no card; a report of a long run is a few megabytes. */
const maxSpeakingBytes = 64 * 1024 * 1024;

/** What refers to a digest, first found first, in words for people. */
export type References = ReadonlyMap<string, string>;

/** Every SHA-256 that a text names. */
export function digestsIn(text: string | Uint8Array): Set<string> {
  const words = typeof text === 'string' ? text : new TextDecoder().decode(text);
  return new Set(words.match(digestPattern));
}

/** A set of digests and why they are kept. */
interface Root {
  why: string;
  digests: Iterable<string>;
}

/** Everything the roots name, and what the cards, recipes and reports of the artifacts among it name in turn. */
export async function findReferences(
  store: ObjectStore,
  units: readonly Unit[],
  roots: readonly Root[],
): Promise<References> {
  const artifacts = new Map(
    units.flatMap((unit) =>
      unit.digest !== undefined && unit.place.startsWith('artifacts/') ? [[unit.digest, unit]] : [],
    ),
  );
  const found = new Map<string, string>();
  const waiting: Unit[] = [];
  const note = ({ why, digests }: Root): void => {
    for (const digest of digests) {
      if (found.has(digest)) continue;
      found.set(digest, why);
      const artifact = artifacts.get(digest);
      if (artifact) waiting.push(artifact);
    }
  };
  for (const root of roots) note(root);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const why = found.get(next.digest ?? '') ?? '';
    for (const digests of await namedBy(store, next)) note({ why, digests });
  }
  return found;
}

async function namedBy(store: ObjectStore, unit: Unit): Promise<Set<string>[]> {
  const named: Set<string>[] = [];
  for (const { key, byteLength } of unit.objects) {
    if (!speakingFiles.has(key.slice(unit.place.length + 1))) continue;
    if (byteLength > maxSpeakingBytes) continue;
    const stored = await store.get(key);
    if (stored) named.push(digestsIn(stored.body));
  }
  return named;
}
