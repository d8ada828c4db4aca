import { words } from '../../../text/words.js';

/** True if hardly any letters, a word of over 40 letters, or two in five longer words that no one could say. */
export function isGibberish(text: string): boolean {
  const visible = text.replace(/\s/gu, '');
  const letters = visible.match(/\p{L}/gu)?.length ?? 0;
  if (letters < visible.length / 2) return true;
  const all = words(text);
  if (all.some((word) => word.length > 40 && !word.includes('-'))) return true;
  const longer = all.filter((word) => word.length >= 5);
  const strange = longer.filter((word) =>
    /^[^aeiouyà-ÿœ\d]+$|[bcdfghjklmnpqrstvwxz]{6}/u.test(word),
  );
  return strange.length >= 2
    ? strange.length >= longer.length * 0.4
    : strange.length === 1 && all.length <= 2;
}
