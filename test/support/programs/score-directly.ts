import type { TextScore, TextToScore } from '../../../activities/score/scored-texts.js';
import type { Providers } from '../../../providers/providers.js';
import { keyOf, randomBits } from '../../../text/random.js';

const mean = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The scores of texts as their definition says, with nothing recorded. */
export async function scoreDirectly(
  { images, scores }: Pick<Providers, 'images' | 'scores'>,
  texts: readonly TextToScore[],
  options: { seed: number; imagesPerPrompt: number; signal?: AbortSignal },
): Promise<TextScore[]> {
  const { seed, imagesPerPrompt: count, signal } = options;
  const drawn = await Promise.all(
    texts.map(({ y, rowKey }) =>
      images.generate({
        prompt: y,
        count,
        seed: randomBits(seed, keyOf('images'), rowKey) >>> 1,
        ...(signal && { signal }),
      }),
    ),
  );
  const prompted = texts.flatMap(({ x }, row) =>
    (drawn[row] ?? []).map((image) => ({ prompt: x, image })),
  );
  const pick = await scores.pick(prompted, signal);
  const aesthetic = await scores.aesthetic(drawn.flat(), signal);
  return texts.map((_, row) => {
    const [start, end] = [row * count, (row + 1) * count];
    return { pick: mean(pick.slice(start, end)), aesthetic: mean(aesthetic.slice(start, end)) };
  });
}
