import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { templateSchema } from '../../recipe/recipe.js';
import { z } from 'zod';
import { loadTokenizer } from '../tokenizer/tokenizer.js';
import { readJsonSync } from '../../files/json.js';
import { ModelFolderError, readBloomConfig } from './bloom-config.js';

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];
const BURNISH_FILE = 'burnish.json';

const burnishSchema = z.looseObject({ template: templateSchema });

/** Copies the tokenizer's files from one model folder to another. */
export function copyTokenizer(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of TOKENIZER_FILES)
    if (existsSync(join(from, name))) copyFileSync(join(from, name), join(to, name));
}

/** Writes `burnish.json`: the template that the model was trained with. */
export function writeTemplate(folder: string, template: string): void {
  writeFileSync(join(folder, BURNISH_FILE), `${JSON.stringify({ template }, null, 2)}\n`);
}

/**
 * The template of a model folder.
 *
 * @throws InputInvalidError if `burnish.json` is missing or its template does not hold {x} exactly once.
 * @throws ModelFolderError if it is not JSON.
 */
export function readTemplate(folder: string): string {
  const path = join(folder, BURNISH_FILE);
  if (!existsSync(path))
    throw new InputInvalidError(
      `${path}: not found; a folder that Burnish trained has one, with the template the model knows`,
    );
  const parsed = burnishSchema.safeParse(readJsonSync(path, ModelFolderError));
  if (parsed.success) return parsed.data.template;
  const [issue] = parsed.error.issues;
  throw new InputInvalidError(`${path}: ${issue?.path.join('.') || 'file'}: ${issue?.message}`);
}

/** Files besides the weights that a model cannot do without. */
const requiredFiles = ['config.json', 'tokenizer.json'];

/**
 * Ensures that the files a model is loaded from are among the names; `label` is the model in the message.
 *
 * @throws InputInvalidError naming the missing ones.
 */
export function assertModelFiles(label: string, names: readonly string[]): void {
  const missing = requiredFiles.filter((name) => !names.includes(name));
  if (!names.some((name) => name.endsWith('.safetensors'))) missing.push('model.safetensors');
  if (missing.length === 0) return;
  throw new InputInvalidError(
    `Model ${label} lacks ${missing.join(', ')}; expected a Hugging Face folder of a BLOOM model.`,
  );
}

/**
 * Ensures that the tokenizer of a model folder has no ids beyond its embeddings; a large vocabulary takes a second to load.
 *
 * @throws ModelFolderError or TokenizerError.
 */
export function assertTokenizerOfModel(folder: string): void {
  loadTokenizer(folder, readBloomConfig(folder).vocab_size);
}

/**
 * Ensures that a folder with these files holds a model that can be loaded; `label` is the model in messages.
 *
 * @throws InputInvalidError, ModelFolderError or TokenizerError.
 */
export function assertModel(label: string, folder: string, names: readonly string[]): void {
  assertModelFiles(label, names);
  assertTokenizerOfModel(folder);
}
