const PATTERNS = [
  // ((x)), also spaced out.
  /\( ?\(|\) ?\)/u,
  // x::2
  /: ?:/u,
  // (x:1.3), x:1.3, x : 2; of a clock's time and an aspect ratio no picture is lost.
  /[\p{L}\p{N})\]"'’”] ?: ?[-+]? ?\.? ?\d/u,
  // x++, (x)--
  /\+ ?\+|\) ?-{2}/u,
];

/** True for marks that weigh a word: `((x))`, `x::2`, `(x:1.3)`, `x++`. Square brackets are stripped, not refused. */
export function hasWeight(text: string): boolean {
  return PATTERNS.some((pattern) => pattern.test(text));
}
