import naughtyWords from 'naughty-words';
import { words } from '../../text/words.js';
import { OWN_UNSAFE_WORDS } from './word-lists.js';

const PHRASES = [...OWN_UNSAFE_WORDS, ...(naughtyWords['en'] ?? [])].map((text) =>
  words(text).flatMap(partsOf),
);
const SINGLE = new Set(PHRASES.flatMap((phrase) => (phrase.length === 1 ? phrase : [])));
/** Phrases of several words by their first. */
const BY_FIRST_WORD = new Map<string, string[]>();
for (const phrase of PHRASES) {
  const [first] = phrase;
  if (first === undefined || phrase.length === 1) continue;
  BY_FIRST_WORD.set(first, [...(BY_FIRST_WORD.get(first) ?? []), phrase.join(' ')]);
}
/** Unsafe wherever they stand in a word; "shit" in yoshitoshi and "cunt" in scunthorpe are not. */
const INSIDE = new RegExp(
  'fuck|hentai|nsfw|blowjob|handjob|dildo|vagina|boobs|bdsm|nigg(?:a|er)|whore|slut|cumshot|pornhub|pornstar|porno|camgirl|' +
    'bitch|cunt(?!horpe)|cocksuck|dickhead|assh?hole|arsehole|faggot|masturb|masterbat|ejaculat|orgas(?:m|im)|nutsack|ballsack|' +
    'gangbang|bukk?ake|buttplug|deepthroat|motherf|jackoff|gaysex|analsex|(?:bull|horse|dip|dumb)shit|' +
    'shit(?:head|hole|face|ass|bag|load|show|ting|ter|ty)',
  'u',
);
const DIGIT_LETTERS: Record<string, string> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/**
 * The first unsafe word or phrase of a text, or undefined: whole words, also behind digits and marks ("b00bs", "sh!t"),
 * accents and stretched or spaced letters. Endings are not cut off: "double breasted" and "butts up against" are innocent.
 */
export function findUnsafeWord(text: string): string | undefined {
  const bare = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/(?<=\p{L})[@$]|[@$](?=\p{L})/gu, (mark) => DIGIT_LETTERS[mark] ?? mark);
  const dotted = bare.replace(/(?<=\p{L})!(?=\p{L})/gu, 'i');
  const all = [bare, ...(dotted === bare ? [] : [dotted])].flatMap(words).flatMap(partsOf);
  const single = all.find(isUnsafe) ?? spacedWordOf(all) ?? /\p{L}\*+\p{L}/u.exec(bare)?.[0];
  return single ?? phraseOf(all);
}

function isUnsafe(word: string): boolean {
  if (SINGLE.has(word) || INSIDE.test(word)) return true;
  const isPlain = !/\d/.test(word) && !/(.)\1\1/.test(word);
  if (isPlain || /^\d+$/.test(word)) return false;
  const letters = word.replace(/[013457]/g, (digit) => DIGIT_LETTERS[digit] ?? digit);
  const forms = [
    letters,
    letters.replace(/(.)\1{2,}/g, '$1'),
    letters.replace(/(.)\1{2,}/g, '$1$1'),
  ];
  return forms.some((form) => form.length > 2 && (SINGLE.has(form) || INSIDE.test(form)));
}

/** An unsafe word written with spaces between its letters. */
function spacedWordOf(all: readonly string[]): string | undefined {
  let run = '';
  for (const word of [...all, '--']) {
    if (/^\p{L}$/u.test(word)) {
      run += word;
      continue;
    }
    if (run.length >= 3) {
      const letters = run;
      const found = [...SINGLE].find((unsafe) => unsafe.length >= 3 && letters.includes(unsafe));
      if (found !== undefined) return found;
    }
    run = '';
  }
  return undefined;
}

function phraseOf(all: readonly string[]): string | undefined {
  for (const [index, word] of all.entries()) {
    const phrases = BY_FIRST_WORD.get(word);
    if (phrases === undefined) continue;
    const rest = `${all.slice(index, index + 6).join(' ')} `;
    const found = phrases.find((phrase) => rest.startsWith(`${phrase} `));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** "semi-nude" is two words here. */
function partsOf(word: string): string[] {
  return word.replace(/['’]s$/, '').split(/['’-]/);
}
