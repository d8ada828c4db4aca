import { words } from '../../../text/words.js';

/**
 * Words of sexual, hateful or cruel content; a prompt with one of them is put aside. Whole words only.
 *
 * Source: ours, kept short on purpose. A word list is not perfect: it misses spellings and flags innocent uses.
 */
const UNSAFE_WORDS: ReadonlySet<string> = new Set(
  (
    'nsfw nude nudes nudity naked topless undressed porn porno pornographic pornography hentai erotic erotica sex ' +
    'sexy sexual sexually orgy orgasm fetish bdsm bondage kinky lingerie thong nipple nipples breasts boobs boob ' +
    'busty cleavage tits penis penises vagina vulva dick cock cum blowjob handjob masturbating masturbation ' +
    'dildo slut whore hooker stripper rape raped rapist incest pedophile loli lolicon shota milf ecchi ahegao ' +
    'seductive provocative voluptuous horny butt buttocks ass asshole anus fuck fucked fucking fucker shit shitting ' +
    'pissing pooping poop feces nazi nazis hitler swastika kkk nigger nigga faggot retard gore gory beheaded ' +
    'beheading decapitated decapitation dismembered disembowelled disemboweled mutilated mutilation suicide ' +
    'genocide holocaust lynching cannibalism necrophilia'
  ).split(' '),
);

/** The first unsafe word of a text, or undefined. */
export function findUnsafeWord(text: string): string | undefined {
  return words(text).find((word) => UNSAFE_WORDS.has(word.replace(/['’]s$/, '')));
}
