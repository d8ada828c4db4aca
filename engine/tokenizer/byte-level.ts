/**
 * Byte-level words: text cut into words, each word a row of printable characters that stand for its UTF-8 bytes.
 *
 * Source: GPT-2's encoder, as the ByteLevel pre-tokenizer of Hugging Face tokenizers does it.
 */

const WORD_PATTERN = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The character for each byte: itself where printable, else one from U+0100 on. */
const CHARACTER_OF_BYTE: readonly string[] = (() => {
  let replaced = 0;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);
    return String.fromCharCode(printable ? byte : 0x100 + replaced++);
  });
})();

/** The 256 characters that stand for bytes, by code point. */
export function listAlphabet(): string[] {
  return [...CHARACTER_OF_BYTE].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0));
}

/** The words of a text, in order; joined they are the text. */
export function splitWords(text: string): string[] {
  return text.match(WORD_PATTERN) ?? [];
}

/** The byte characters of a word. */
export function toByteCharacters(word: string): string[] {
  return Array.from(new TextEncoder().encode(word), (byte) => CHARACTER_OF_BYTE[byte]!);
}
