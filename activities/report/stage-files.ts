import { join } from 'node:path';
import { z } from 'zod';
import type { StageStatus } from '../../contracts/stages.js';
import { readArtifact } from '../../storage/artifacts.js';
import { readAllRows } from '../../files/jsonl.js';
import { readJson } from '../../files/json.js';
import type { StoreDependencies } from '../dependencies.js';

const summarySchema = z.record(z.string(), z.number());

/** A part of a report that cannot be had, with the reason as its message. */
export class PartMissingError extends Error {
  override readonly name = 'PartMissingError';
}

/** The small files one stage left in its `metrics` and `evaluation` artifacts. */
export interface StageFiles {
  /** @throws PartMissingError if no artifact of the stage has the file. */
  rows<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema>[]>;
  /** @throws PartMissingError if no artifact of the stage has the file. */
  json<Schema extends z.ZodType>(name: string, schema: Schema): Promise<z.infer<Schema>>;
  /** The scalars of summary.json, or none. */
  summary(): Promise<Record<string, number>>;
}

/** Fetches what a stage left, models and data aside. */
export async function openStageFiles(
  stage: StageStatus | undefined,
  { store, cacheFolder }: StoreDependencies,
): Promise<StageFiles> {
  const refs = Object.values(stage?.outputs ?? {}).filter(
    ({ kind }) => kind === 'metrics' || kind === 'evaluation',
  );
  if (stage === undefined) throw new PartMissingError('this run has no such stage');
  if (refs.length === 0) {
    throw new PartMissingError(
      `the stage is ${stage.state}${stage.message === undefined ? '' : ` (${stage.message})`} and left no results`,
    );
  }
  const folders = await Promise.all(refs.map((ref) => readArtifact(store, ref, cacheFolder)));
  const find = async <Content>(name: string, read: (path: string) => Promise<Content>) => {
    for (const folder of folders) {
      try {
        return await read(join(folder, name));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    throw new PartMissingError(`the stage left no ${name}`);
  };
  const json: StageFiles['json'] = (name, schema) => find(name, (path) => readJson(path, schema));
  return {
    rows: (name, schema) => find(name, (path) => readAllRows(path, schema)),
    json,
    summary: () => orElse(json('summary.json', summarySchema), {}),
  };
}

/** The value, or the other where a part is missing; any other error goes on. */
export async function orElse<Value>(value: Promise<Value>, other: Value): Promise<Value> {
  try {
    return await value;
  } catch (error) {
    if (error instanceof PartMissingError) return other;
    throw error;
  }
}
