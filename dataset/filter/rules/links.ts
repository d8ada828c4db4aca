const SCHEMES = /\b(?:h ?t ?t ?p ?s?|ftp) ?: ?\/|: ?\/ ?\/|\bwww ?\. ?[\p{L}\d]|\bwww\b/iu;
// The bot's tokeniser puts spaces around the point: "textures. com".
const DOMAINS =
  /[\p{L}\d] ?\. ?(?:com|net|org|edu|gov)\b|[\p{L}\d]\.(?:io|co|tv|gg|ly|me|app|dev|xyz|info|biz|ru|de|fr|uk|jp|eu|pl|nl|be|ai|art|cc|gl|us|ca|in|it|es|to|site|online|store|shop|cloud|blog|pics|photos?)(?=$|[\s,;:!?)\]/]|\.\s|\.$)/iu;
const SHORTENERS =
  /\b(?:t ?\. ?co|bit ?\. ?ly|youtu ?\. ?be|discord ?\. ?gg|i ?\. ?redd ?\. ?it) ?(?:\/|\b)/iu;
const SPELT_OUT = /[\p{L}\d] (?:\(dot\)|\[dot\]|dot) (?:com|net|org)\b/iu;
const FILES = /[\p{L}\d)] ?\. ?(?:jpe?g|png|gif|webp|bmp|tiff?|mp4|psd)\b/iu;

/** True for an address, a bare domain or the name of an image file, also where a tokeniser spaced them out. */
export function hasLink(text: string): boolean {
  return [SCHEMES, DOMAINS, SHORTENERS, SPELT_OUT, FILES].some((pattern) => pattern.test(text));
}
