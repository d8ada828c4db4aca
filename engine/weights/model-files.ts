import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputInvalidError } from '../../contracts/errors.js';
import { z } from 'zod';

const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];
const BURNISH_FILE = 'burnish.json';

const burnishSchema = z.looseObject({ template: z.string().includes('{x}') });

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
 * @throws InputInvalidError if `burnish.json` is missing or has no template with {x}.
 */
export function readTemplate(folder: string): string {
  const path = join(folder, BURNISH_FILE);
  if (!existsSync(path))
    throw new InputInvalidError(
      `${path}: not found; a folder that Burnish trained has one, with the template the model knows`,
    );
  return burnishSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).template;
}
