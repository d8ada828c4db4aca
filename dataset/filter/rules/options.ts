/** Names of options of the common bots and command lines. */
const NAMES =
  'ar|aspect|n|no|h|w|height|width|hd|s|stylize|seed|sameseed|steps?|scale|c|cfg|cfg_scale|v|version|q|quality|iw|chaos|niji|tile|' +
  'uplight|upbeta|beta|testp?|creative|vibe|video|stop|weird|repeat|relax|fast|turbo|raw|cref|sref|cw|sw|profile|sampler|sampling|' +
  'k_lms|ddim|plms|euler|negative|neg|grid|g|i|iterations|batch|strength|init|style';
const PATTERNS = [
  // As on a command line: no space after the dashes. Phones make a long dash of two.
  /(?:^|[\s\p{P}])(?:--|—|–)\p{L}/iu,
  new RegExp(`(?:--|—|–) ?(?:${NAMES})\\b(?! ?-\\p{L})`, 'iu'),
  // One dash wants a number.
  /(?:^|[\s\p{P}])[-—–] ?(?:[ncshwgi]|ar|no|height|width|seed|steps?|cfg|uplight|test|stylize|iw|vibe) ?=? ?\d/iu,
  // A tokeniser sets the two dashes apart.
  /- -+ ?\p{L}/iu,
  /\d{1,4} ?- ?n ?-? ?\d\b|(?:^|\s)n ?- ?\d+$/iu,
  /(?:^|\s)[-–—] ?[ncshw] (?:\d ?)+$/iu,
  /\b(?:cfg|seed|steps?|width|height|sampler) ?= ?\S|\b(?:cfg(?: scale)?|seed|steps|scale|width|height|iterations) ?: ?\d/iu,
  /\bcfg(?:[ _]?scale)? ?\d|\b(?:ddim|plms|k_lms|k_euler|euler_a)\b/iu,
];

/** True for a left-over option: `--ar 16:9`, `— ar`, `- n 4`, `-step 50`, `cfg= 10`; "sci - fi 4 k" is none. */
export function hasOption(text: string): boolean {
  return PATTERNS.some((pattern) => pattern.test(text));
}
