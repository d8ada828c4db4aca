import { parseCommitKey, parsePinKey } from '../checkpoint-commit.js';
import type { ListedObject, ObjectStore, UnfinishedUpload } from '../object-store.js';
import { noticeKey } from '../removal-notice.js';
import { findUnfinishedUploads } from '../unfinished-uploads.js';

export const unitKinds = [
  'artifact',
  'stage record',
  'checkpoint',
  'unfinished upload',
  'parts of an upload',
  'parts of scoring',
  'store probe',
  'registry',
  'paid answers',
  'watermark',
  'notice',
  'unknown',
] as const;
export type UnitKind = (typeof unitKinds)[number];

/** Objects that stay or go together, or an upload in parts that has not ended. */
export interface Unit {
  kind: UnitKind;
  /** Prefix without a trailing slash, or the key of the one object; no two units share it. */
  place: string;
  /** Artifact: its digest. Record and checkpoint: the stage key. */
  digest?: string;
  /** In the order in which they are deleted: what makes the rest look whole comes first. */
  objects: ListedObject[];
  byteLength: number;
  /** Present: there are no objects yet, and the store does not tell how many bytes there are. */
  upload?: UnfinishedUpload;
  /** When the newest object was written or the upload begun, milliseconds since 1970. */
  changedAt: number;
}

const hex = '[0-9a-f]{64}';
const rules: { pattern: RegExp; kind: UnitKind }[] = [
  { kind: 'artifact', pattern: new RegExp(`^(artifacts/[a-z-]+/(${hex}))/.+$`) },
  { kind: 'stage record', pattern: new RegExp(`^(stages/(${hex})\\.json)$`) },
  {
    kind: 'checkpoint',
    pattern: /^(checkpoints\/([^/]+)\/step-\d{10})\/(?:commit\.json|pins\/[^/]+\.json|attempt-.+)$/,
  },
  { kind: 'parts of scoring', pattern: new RegExp(`^(work/[a-z-]+/${hex})/.+$`) },
  { kind: 'store probe', pattern: /^(probe\/[0-9a-f-]{36})\/.+$/ },
  { kind: 'paid answers', pattern: /^(answers\/[a-z]+)\/.+$/ },
  { kind: 'watermark', pattern: new RegExp(`^(collections/[^/]+/${hex}\\.json)$`) },
  { kind: 'registry', pattern: /^(registry\/[^/]+\/(?:versions|aliases)\/[^/]+\.json)$/ },
];

/** Every object of the bucket, by the unit it belongs to, and every unfinished upload. An object that no rule matches is a unit of its own. */
export async function surveyBucket(store: ObjectStore): Promise<Unit[]> {
  const units = new Map<string, Unit>();
  for await (const object of store.list('')) {
    const place = placeOf(object.key);
    const unit = units.get(place.place) ?? { ...place, objects: [], byteLength: 0, changedAt: 0 };
    units.set(unit.place, unit);
    addObject(unit, object);
  }
  for (const unit of units.values()) {
    unit.objects.sort((a, b) => rankOf(a.key) - rankOf(b.key) || (a.key < b.key ? -1 : 1));
    const isWhole = rankOf(unit.objects[0]?.key ?? '') === 0;
    const needsHead = unit.kind === 'artifact' || unit.kind === 'checkpoint';
    if (needsHead && !isWhole) unit.kind = 'unfinished upload';
  }
  const uploads = await findUnfinishedUploads(store, '');
  return [...units.values(), ...uploads.map(unitOf)];
}

/** An upload is a unit of its own: the unit of its key may be whole, and in use, without it. */
function unitOf(upload: UnfinishedUpload): Unit {
  const { key, uploadId, begunAt } = upload;
  return {
    kind: placeOf(key).kind === 'unknown' ? 'unknown' : 'parts of an upload',
    place: `${key}?uploadId=${uploadId}`,
    objects: [],
    upload,
    byteLength: 0,
    changedAt: begunAt.getTime(),
  };
}

/** The unit with these of its objects alone, under a place of its own. */
export function partOf(unit: Unit, kind: UnitKind, objects: ListedObject[]): Unit {
  const place = objects[0]?.key ?? '';
  const part: Unit = { ...unit, kind, place, objects: [], byteLength: 0, changedAt: 0 };
  for (const object of objects) addObject(part, object);
  return part;
}

function addObject(unit: Unit, object: ListedObject): void {
  unit.objects.push(object);
  unit.byteLength += object.byteLength;
  unit.changedAt = Math.max(unit.changedAt, object.lastModified.getTime());
}

function placeOf(key: string): Pick<Unit, 'kind' | 'place' | 'digest'> {
  if (key === noticeKey) return { kind: 'notice', place: key };
  for (const { pattern, kind } of rules) {
    const [, place, digest] = pattern.exec(key) ?? [];
    if (place === undefined) continue;
    return { kind, place, ...(digest !== undefined && { digest }) };
  }
  return { kind: 'unknown', place: key };
}

/** 0: without this object the unit does not count as whole. */
function rankOf(key: string): number {
  if (parseCommitKey(key) !== undefined) return 0;
  if (/^artifacts\/[^/]+\/[^/]+\/manifest\.json$/.test(key)) return 0;
  return parsePinKey(key) === undefined ? 1 : 2;
}
