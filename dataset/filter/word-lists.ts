import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../data/words/', import.meta.url));

/**
 * The words of `<name>.txt`, in the order of its lines.
 *
 * @throws Error if the list is missing or holds no word.
 */
export function readWordList(name: string, folder = FOLDER): string[] {
  const path = join(folder, `${name}.txt`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(
      `The word list ${path} is missing or cannot be read, and the filters need it. Restore data/words of the checkout.`,
      { cause },
    );
  }
  const words = text.split('\n').filter((line) => line !== '');
  if (words.length === 0) throw new Error(`The word list ${path} holds no word.`);
  return words;
}

/** The English that prompts are written in. */
export const COMMON_WORDS: ReadonlySet<string> = new Set(readWordList('common'));
/** Function words of other languages. */
export const FOREIGN_WORDS: ReadonlySet<string> = new Set(readWordList('foreign'));
/** Words that are refused whatever stands beside them. */
export const OWN_UNSAFE_WORDS: readonly string[] = readWordList('unsafe');
