/** What is wrong with a made-up row, and how many of 10,000 rows have it; the rest is clean. */
export const DIRT = {
  /** An earlier row again, to the letter or in other case and punctuation. */
  duplicate: 700,
  /** An earlier row with a modifier more. */
  nearDuplicate: 500,
  blank: 60,
  botLine: 60,
  link: 30,
  flag: 40,
  weight: 90,
  emoji: 50,
  otherScript: 30,
  otherLanguage: 20,
  mention: 10,
  longNumber: 10,
  repeatedWord: 20,
  tooLong: 20,
  unsafeWord: 250,
  /** Harmless words, but the source's own detector says no: `prompt_nsfw` or `image_nsfw`. */
  unsafeScore: 100,
} as const;
export type Dirt = keyof typeof DIRT;

/** The dirt of a row by a number in [0, 1); undefined for a clean row. */
export function dirtAt(draw: number): Dirt | undefined {
  let upTo = 0;
  return (Object.keys(DIRT) as Dirt[]).find((kind) => draw * 10_000 < (upTo += DIRT[kind]));
}

type SpoilingDirt = Exclude<Dirt, 'duplicate' | 'nearDuplicate' | 'unsafeScore'>;

const BOT_LINES = [
  'the commands for each individual image(s) are',
  '! dream',
  '!dream ',
  '/imagine prompt: ',
];
const FLAGS = [' - n 4', ' --ar 16:9', ' - c 7 - s 5 0', ' cfg= 10', ' - h 7 6 8', ' --seed 4021'];
const EMOJI = ['🔥', '😍😍', '🌈✨', '👽', '🐱👓'];
const SCRIPTS = ['красивый закат', '美しい少女', 'الصحراء', '도시의 밤', 'όμορφη θάλασσα'];
const FOREIGN = [
  'una casa vieja con un perro y las flores sobre el agua',
  'ein mann mit einem hut und eine katze auf dem dach',
  'une rue de paris avec des voitures dans la nuit et les lumières',
  'um homem com uma camiseta laranja na praia pelo mar',
];
const UNSAFE = ['nude', 'naked', 'sexy', 'topless', 'gore', 'busty', 'lingerie', 'erotic'];

/** A clean prompt with dirt of one kind; `pick` chooses from a list by the row. */
export function spoil(
  prompt: string,
  kind: SpoilingDirt,
  pick: <Item>(items: readonly Item[]) => Item,
): string {
  switch (kind) {
    case 'blank':
      return pick(['', ' ', '\u200b', ' \n ']);
    case 'botLine': {
      const line = pick(BOT_LINES);
      return line.includes('commands') ? line : `${line}${prompt}`;
    }
    case 'link':
      return pick([
        `https://cdn.example.com/attachments/1/grid.png ${prompt}`,
        `${prompt} https : / / example. com / a`,
        `${prompt}, www.example.org`,
      ]);
    case 'flag':
      return `${prompt}${pick(FLAGS)}`;
    case 'weight':
      return pick([
        `( ( ( ${prompt} ) ) )`,
        prompt.replace(/^(\S+ \S+)/, '($1:1.3)'),
        `${prompt}::2`,
        prompt.replace(/^(\S+)/, '(($1))'),
      ]);
    case 'emoji':
      return `${pick(EMOJI)} ${prompt}`;
    case 'otherScript':
      return `${pick(SCRIPTS)}, ${prompt}`;
    case 'otherLanguage':
      return `${pick(FOREIGN)} ${prompt.split(',')[0]!}`;
    case 'mention':
      return `${prompt} @someone`;
    case 'longNumber':
      return `${prompt} 8 5 2 8 1 6 9 3`;
    case 'repeatedWord':
      return `${prompt}, very very very very detailed`;
    case 'tooLong':
      return Array.from({ length: 24 }, () => prompt).join(' and ');
    case 'unsafeWord':
      return `${pick(UNSAFE)} ${prompt}`;
  }
}
