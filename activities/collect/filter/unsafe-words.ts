import naughtyWords from 'naughty-words';
import { words } from '../../../text/words.js';

/**
 * Words of sexual, hateful or cruel content that the library's list does not have.
 *
 * Source: ours. Together with words that merely stand near such content, for a set that no person has looked through.
 */
const OWN_WORDS =
  'nudes naked nakedness undressed unclothed disrobed topless bottomless nudist nudism pornographic pornstar onlyfans camgirl hentai erotica ' +
  'fetish lingerie underwear undies bra bikini bikinis thong crotch genitalia pubic areola areolas breast breasts cleavage nippled ' +
  'boobies boobed tit penises penile phallus phallic scrotum testicle testicles vaginal handjob blowjobs masturbator dildos slutty whores whorehouse ' +
  'stripper strippers striptease raped rapey molest molested molesting fondle fondling pedo pedophilia loli lolis lolicon shotacon gilf dilf futa yiff ' +
  'ahegao lewds seductive provocative provocatively sensual voluptuous curvy thicc skimpy bosom bimbo waifu hotpants booty cameltoe ' +
  'aroused arousal erection sperm orgasmic horny buttocks asses spank spanking submissive nsfl smutty vibrators inflation abdl jailbait teen ' +
  'teens schoolgirl underage prostitute prostitutes prostitution brothel pervert perverted fucked fucker fucks shitting piss pooping poop ' +
  'feces diarrhea vomit vomiting puke urine urinating peeing pee cunts wanker wanking arse bitchy dyke fags gook chink nigguh ' +
  'nazi nazis nazism neonazis hitler adolf gestapo fascist fascism kkk genocide holocaust terrorist terrorism isis hamas slave slavery lynched lynching retard ' +
  'retarded gore gory gored beheaded behead beheading decapitated decapitate decapitating decapitation dismembered dismember dismemberment disembowelled ' +
  'disemboweled disemboweling mutilated mutilation gutted entrails intestines guts bloodbath impaled maimed hanged suicide suicidal murder murdered ' +
  'massacre slaughter torture tortured cannibal cannibalism necrophilia corpse corpses';

const PHRASES = [...OWN_WORDS.split(' '), ...(naughtyWords['en'] ?? [])].map((text) =>
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
/** Unsafe wherever they stand in a word. */
const INSIDE =
  /fuck|hentai|nsfw|blowjob|handjob|dildo|vagina|boobs|bdsm|nigg(?:a|er)|whore|slut|cumshot|pornhub|pornstar|porno|camgirl/u;
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
 * The first unsafe word or phrase of a text, or undefined: whole words, also behind digits ("b00bs"), accents
 * and stretched or spaced letters. Endings are not cut off: "double breasted" and "butts up against" are innocent.
 */
export function findUnsafeWord(text: string): string | undefined {
  const bare = text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/(?<=\p{L})[@$]|[@$](?=\p{L})/gu, (mark) => DIGIT_LETTERS[mark] ?? mark);
  const all = words(bare).flatMap(partsOf);
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
  return forms.some((form) => form.length > 2 && SINGLE.has(form));
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
