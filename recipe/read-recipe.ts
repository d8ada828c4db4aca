import { readFile, stat } from 'node:fs/promises';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import { RecipeInvalidError } from './check-recipe.js';
import { InputInvalidError } from '../files/input-invalid-error.js';
import { firstLine } from '../text/lines.js';
import type { Recipe } from './recipe.js';
import { checkRecipe } from './check-recipe.js';

/** A recipe is a page; a larger file is something else. */
const MAX_BYTES = 1 << 20;

/**
 * The recipe of a YAML (or JSON) file, checked and with its defaults filled in.
 *
 * @throws InputInvalidError if the file cannot be read.
 * @throws RecipeInvalidError listing every mistake with its path and line.
 */
export async function readRecipe(path: string): Promise<Recipe> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) {
      throw new InputInvalidError(
        `Recipe ${path} has ${size} bytes; expected at most ${MAX_BYTES}. Is it a recipe?`,
      );
    }
    text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof InputInvalidError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
          ? 'is not valid UTF-8'
          : `cannot be read: ${message}`;
    throw new InputInvalidError(`Recipe ${path} ${problem}.`, { cause });
  }
  return parseRecipe(text, path);
}

/**
 * The recipe of a YAML text, checked and with its defaults filled in; `origin` names it in messages.
 *
 * @throws RecipeInvalidError listing every mistake with its path and line.
 */
export function parseRecipe(text: string, origin: string): Recipe {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const mistakes = faults.map((fault) => {
      const { line, col } = lines.linePos(fault.pos[0]);
      return { path: '', line, message: `column ${col}: not YAML: ${firstLine(fault.message)}` };
    });
    throw new RecipeInvalidError(origin, mistakes);
  }
  const value = toValue(document, origin);
  if (value === null) {
    throw new RecipeInvalidError(origin, [
      { path: '', message: 'is empty; expected at least a field `name`' },
    ]);
  }
  return checkRecipe(value, {
    origin,
    lineOf: (path) => {
      const offset = offsetOf(document, path);
      return offset === undefined ? undefined : lines.linePos(offset).line;
    },
  });
}

function toValue(document: Document.Parsed, origin: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // References inside references can grow without bound; the parser refuses to unfold them.
    throw new RecipeInvalidError(origin, [
      { path: '', message: `not YAML: ${firstLine((error as Error).message)}` },
    ]);
  }
}

/** Where the field at a path, or the nearest section around it, begins. */
function offsetOf(document: Document.Parsed, path: (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === step);
      if (pair === undefined) return offset;
      offset = (pair.key as { range?: [number, number, number] }).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
