import { openSources, type OpenedSource } from '../../../dataset/sources/open-source.js';
import { readNew, type SourcePosition } from '../../../dataset/sources/read-new.js';
import type { SourceRow, UnreadableRow } from '../../../dataset/sources/source-row.js';
import type { SourceSetting } from '../../../recipe/sections/collect.js';
import { makeFiles, makeFolder } from '../folders.js';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.js';

export interface TestPlaces {
  rootFolder: string;
  workFolder: string;
  store: MemoryStore;
}

/** A folder and a store with these files and objects, for sources to be read from. */
export async function makePlaces(
  files: Record<string, string | Uint8Array> = {},
  objects: Record<string, string | Uint8Array> = {},
): Promise<TestPlaces> {
  const store = createMemoryStore();
  for (const [key, body] of Object.entries(objects)) await store.put(key, body);
  return { rootFolder: await makeFiles(files), workFolder: await makeFolder(), store };
}

/** What one run reads of the sources, given what earlier ones have read. */
export async function readOnce(
  settings: SourceSetting[],
  places: TestPlaces,
  previous?: SourcePosition[],
): Promise<{
  rows: (SourceRow | UnreadableRow)[];
  positions: SourcePosition[];
  startedOver: string | undefined;
  opened: OpenedSource[];
}> {
  const opened = await openSources(settings, places);
  const read = await readNew(opened, previous);
  const rows: (SourceRow | UnreadableRow)[] = [];
  for await (const row of read.rows()) rows.push(row);
  return { rows, positions: await read.positions(), startedOver: read.startedOver, opened };
}
