const PICTURES =
  /\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}\u{1F3FB}-\u{1F3FF}\u{FE0F}\u{20E3}]/u;
const SYMBOLS = /[\u{2190}-\u{21FF}\u{2300}-\u{27BF}\u{2B00}-\u{2BFF}\u{E000}-\u{F8FF}]/u;

/** True for emoji, their modifiers, dingbats and arrows; one is enough. */
export function hasEmoji(text: string): boolean {
  return PICTURES.test(text) || SYMBOLS.test(text);
}
