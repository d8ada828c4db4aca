import { keyOf, randomBits, uniform } from '../../../../text/random.js';
import { words } from '../../../../text/words.js';
import { dirtAt, spoil, type Dirt } from './dirt.js';
import type { Phrases } from './read-phrases.js';

/** A row of `metadata.parquet` and `metadata-large.parquet`, columns as DiffusionDB describes them. */
export interface DiffusionDbRow {
  image_name: string;
  prompt: string;
  part_id: number;
  seed: number;
  step: number;
  cfg: number;
  sampler: number;
  width: number;
  height: number;
  /** Null, as the time, where the picture was deleted before its author was looked up. */
  user_name: string | null;
  timestamp: Date | null;
  /** 0 to 1, or 2 for a picture that Stable Diffusion blurred itself. */
  image_nsfw: number;
  prompt_nsfw: number;
}

/** Ours: about three in four prompts of the public sample have a subject and modifiers. */
const RICH_SHARE = 0.75;
const IMAGES_PER_PART = 1000;
const FIRST_DAY = Date.UTC(2022, 7, 8);
const DAYS = 12;
const TEXT = keyOf('diffusiondb text');
const FIELDS = keyOf('diffusiondb fields');

interface Made {
  row: DiffusionDbRow;
  /** What is wrong with it; undefined for a clean row. */
  dirt: Dirt | undefined;
}

/** Makes row `index` (from 0) of an endless table: a pure function of the seed and the index. */
export type RowMaker = (index: number) => Made;

/** A maker of DiffusionDB-shaped rows; `imageEnding` is `png` in the 2M table and `webp` in the large one. */
export function createRowMaker(
  phrases: Phrases,
  { seed, imageEnding }: { seed: number; imageEnding: 'png' | 'webp' },
): RowMaker {
  const pickAt =
    (index: number, salt: number) =>
    <Item>(items: readonly Item[]): Item =>
      items[Math.floor(uniform(seed, TEXT, index, salt) * items.length)]!;

  function subjectOf(index: number): string {
    const draw = uniform(seed, TEXT, index, 2);
    const subject = `${pickAt(index, 3)(phrases.heads)} ${pickAt(index, 4)(phrases.tails)}`;
    // A second tail now and then keeps the subjects of a large table apart.
    return draw < 0.3 ? `${subject} ${pickAt(index, 5)(phrases.tails)}` : subject;
  }

  function modifiersOf(index: number, salt: number): string[] {
    const run = pickAt(index, salt)(phrases.runs);
    const count = 2 + Math.floor(uniform(seed, TEXT, index, salt + 1) * 3);
    const start = Math.floor(
      uniform(seed, TEXT, index, salt + 2) * Math.max(1, run.length - count),
    );
    return run.slice(start, start + count);
  }

  /** The prompt of a row without its dirt. */
  function cleanPrompt(index: number): string {
    const subject = subjectOf(index);
    if (uniform(seed, TEXT, index, 6) >= RICH_SHARE) {
      const hasOne = uniform(seed, TEXT, index, 7) < 0.3;
      return hasOne ? `${subject}, ${modifiersOf(index, 10)[0]!}` : subject;
    }
    const modifiers = new Set([...modifiersOf(index, 10), ...modifiersOf(index, 20)]);
    return [subject, ...modifiers].join(', ');
  }

  /** An earlier row that is itself clean, long enough that a modifier more leaves most of its word triples. */
  function earlierPrompt(index: number, fewestWords: number): string | undefined {
    for (let salt = 30; salt < 46; salt += 1) {
      const earlier = Math.floor(uniform(seed, TEXT, index, salt) * index);
      const isClean = earlier < index && dirtAt(uniform(seed, TEXT, earlier, 1)) === undefined;
      const prompt = isClean ? cleanPrompt(earlier) : '';
      if (words(prompt).length >= Math.max(1, fewestWords)) return prompt;
    }
    return undefined;
  }

  function promptOf(index: number, dirt: Dirt | undefined): Omit<Made, 'row'> & { text: string } {
    const clean = cleanPrompt(index);
    if (dirt === undefined || dirt === 'unsafeScore') return { text: clean, dirt };
    if (dirt === 'duplicate') {
      const again = earlierPrompt(index, 1);
      if (again === undefined) return { text: clean, dirt: undefined };
      const isShouted = uniform(seed, TEXT, index, 50) < 0.3;
      return { text: isShouted ? `${again.toUpperCase()}.` : again, dirt };
    }
    if (dirt === 'nearDuplicate') {
      const again = earlierPrompt(index, 14);
      return again === undefined
        ? { text: clean, dirt: undefined }
        : { text: `${again}, trending`, dirt };
    }
    return { text: spoil(clean, dirt, pickAt(index, 51)), dirt };
  }

  return (index) => {
    const { text, dirt } = promptOf(index, dirtAt(uniform(seed, TEXT, index, 1)));
    return { row: { ...fieldsOf(index, dirt, { seed, imageEnding }), prompt: text }, dirt };
  };
}

function fieldsOf(
  index: number,
  dirt: Dirt | undefined,
  { seed, imageEnding }: { seed: number; imageEnding: string },
): Omit<DiffusionDbRow, 'prompt'> {
  const draw = (salt: number): number => uniform(seed, FIELDS, index, salt);
  const bits = (salt: number): string =>
    randomBits(seed, FIELDS, index, salt).toString(16).padStart(8, '0');
  const [a, b, c, d] = [bits(1), bits(2), bits(3), bits(4)];
  const name = `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
  const isFlagged = dirt === 'unsafeScore' || (dirt === 'unsafeWord' && draw(5) < 0.7);
  const byPrompt = draw(6) < 0.5;
  const isDeleted = draw(7) < 0.02;
  const side = [512, 512, 512, 640, 704, 768];
  return {
    image_name: `${name}.${imageEnding}`,
    part_id: 1 + (Math.floor(index / IMAGES_PER_PART) % 14_000),
    seed: randomBits(seed, FIELDS, index, 8),
    step: draw(9) < 0.9 ? 50 : 20 + Math.floor(draw(10) * 130),
    cfg: draw(11) < 0.8 ? 7 : 1 + Math.floor(draw(12) * 38) / 2,
    sampler: draw(13) < 0.9 ? 8 : 1 + Math.floor(draw(14) * 9),
    width: side[Math.floor(draw(15) * side.length)]!,
    height: side[Math.floor(draw(16) * side.length)]!,
    user_name: isDeleted ? null : userName(Math.floor(draw(17) ** 3 * 10_000), seed),
    timestamp: isDeleted ? null : new Date(FIRST_DAY + Math.floor(draw(18) * DAYS * 1440) * 60_000),
    image_nsfw: Math.fround(
      isFlagged && !byPrompt ? (draw(19) < 0.5 ? 2 : 0.96 + draw(20) * 0.04) : draw(20) ** 3 * 0.6,
    ),
    prompt_nsfw: Math.fround(isFlagged && byPrompt ? 0.96 + draw(21) * 0.04 : draw(21) ** 6 * 0.3),
  };
}

/** 64 hexadecimal digits, as the SHA-256 of a user's name. */
function userName(user: number, seed: number): string {
  return Array.from({ length: 8 }, (_, part) =>
    randomBits(seed, FIELDS, user, 100 + part)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}
