import type { AdmittedRecipe } from '../../../contracts/stages.js';
import type { ArtifactKind, ArtifactRef } from '../../../contracts/artifact.js';
import type { PromptPair } from '../../../contracts/records.js';
import { recipeSchema, type Recipe } from '../../../recipe/recipe.js';
import { writeArtifact } from '../../../storage/artifacts.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { makeFiles } from '../folders.js';

/** Rows as a JSONL file. */
export function jsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** An artifact of these files in the store. */
export async function storeFiles(
  store: ObjectStore,
  kind: ArtifactKind,
  files: Record<string, string>,
): Promise<ArtifactRef> {
  return writeArtifact(store, kind, await makeFiles(files));
}

/** Pairs with made-up descriptions, one a row. */
export function madeUpPairs(count: number, name: string): PromptPair[] {
  return Array.from({ length: count }, (_, row) => ({
    id: `${name}-${row}-caption`,
    rowId: `${name}-${row}`,
    route: 'caption',
    x: `a red cat number ${row}`,
    y: `a red cat number ${row}, sharp focus, 4k${row % 2 === 0 ? ', oil painting' : ''}`,
  }));
}

/** A `dataset` artifact of made-up pairs. */
export function storeDataset(store: ObjectStore, testCount: number): Promise<ArtifactRef> {
  return storeFiles(store, 'dataset', {
    'train.jsonl': jsonl(madeUpPairs(20, 'train')),
    'validation.jsonl': jsonl(madeUpPairs(4, 'validation')),
    'test.jsonl': jsonl(madeUpPairs(testCount, 'test')),
  });
}

/** A recipe that passed every check, with these fields changed. */
export function madeUpRecipe(fields: object = {}): AdmittedRecipe {
  const recipe: Recipe = recipeSchema.parse({ name: 'made-up', ...fields });
  return { recipe, digest: 'd'.repeat(64), sourceDigests: [] };
}
