import type { ChatAnswer } from './chat.js';

/** What an answer of a chat model is worth to a caller that asked for one line of text. */
type AnswerClass = 'usable' | 'refused' | 'cut' | 'empty' | 'off-format';

/** What servers call an answer that ran into its limit of tokens. */
const CUT_REASONS = new Set(['length', 'max_tokens', 'model_length']);

const CANNOT =
  "(?:can['’]?t|cannot|can not|won['’]?t|will not|unable to|not able to|not comfortable)";
const TASK =
  '(?:help|assist|provide|create|generate|describe|fulfil?l?|do that|comply|write|produce|continue|engage|rewrite|improve|see|view|process|summari[sz]e|caption|identify|answer|support|offer|discuss|make|complete|respond)';

const pattern = (strings: TemplateStringsArray, ...parts: string[]): RegExp =>
  new RegExp(String.raw(strings, ...parts), 'iu');

/** Patterns of what a text says about itself, by the class each means. */
const SIGNS = {
  /** As chat models word it; each names the task, so that a prompt about a sorry robot is none. */
  refused: [
    pattern`^(?:(?:i['’]?m|i am|we['’]?re|we are) (?:so |very |terribly )?)?(?:sorry|afraid)\b.{0,80}\b${CANNOT}\b`,
    pattern`^(?:unfortunately|(?:my )?apologies|i apologi[sz]e)\b.{0,80}\b${CANNOT}\b`,
    pattern`^i(?:['’]?m| am)? ${CANNOT}\b.{0,20}\b${TASK}`,
    /^i (?:must |have to |would have to )?(?:respectfully |politely )?(?:decline|refuse)\b/iu,
    /\bas an? (?:ai|artificial intelligence|large)(?: language)? (?:model|assistant)\b|^as an ai\b/iu,
    /\b(?:violates?|(?:goes )?against) (?:our|my|the|openai['’]?s)\b.{0,40}\b(?:polic(?:y|ies)|guidelines|terms)\b/iu,
    /^(?:this|that|your) (?:request|prompt|content|description)\b.{0,60}\b(?:inappropriate|not allowed|not appropriate|cannot|can['’]?t)\b/iu,
    /^i do(?:n['’]?t| not) see (?:any|an|the)\b.{0,20}\b(?:image|picture|photo)\b/iu,
  ],
  /** A prompt or a description is one plain line. */
  'off-format': [
    /\n/u, // explanations, lists or alternatives
    /```|\*\*[^*]+\*\*|^#{1,6} |^\||<\/?(think|html|body|p|div|br)\b/iu,
    /^1[.)] .+ 2[.)] /u, // "1. a cat 2. a dog" in one line
    /^(could|can|would|do) you\b|\b(let me know|feel free to|i hope this helps|happy to help)\b/iu, // talk about the task
  ],
};

/** "Sure! Here is the prompt:", "Improved prompt:" and the like before what was asked for. */
const PREAMBLES = [
  /^(?:sure(?: thing)?|certainly|of course)[!.,]\s+(?=\S)/iu,
  /^(?:absolutely|great|okay|ok|alright|yes)!\s+(?=\S)/iu,
  /^(?:here (?:is|are)|here['’]s|this is|the following is|below is)\b[^\n:]{0,100}:\s*/iu,
  /^(?:sure|certainly|of course)\b[^\n:]{0,100}:\s*/iu,
  /^(?:\*\*|__)?(?:(?:the|an?|my|your|final|better|improved|enhanced|refined|rewritten|short|plain|possible|image) ){0,3}(?:prompt|description|caption|summary|answer|output|response)(?:\*\*|__)?\s*:(?:\*\*|__)?\s*/iu,
];

/**
 * Whether an answer can be used as one line of text, and if not, why.
 *
 * `refused`: the model or a filter of the server declines; `cut`: the limit of tokens ended it; `empty`: nothing is left
 * without its wrapping; `off-format`: several paragraphs, a list, JSON or Markdown where one plain line was asked for.
 */
export function classifyAnswer(
  answer: Pick<ChatAnswer, 'text' | 'finishReason' | 'refusal'>,
): AnswerClass {
  if (answer.finishReason === 'content_filter') return 'refused';
  if ((answer.refusal ?? '').trim() !== '') return 'refused';
  const text = unwrapAnswer(answer.text);
  const shows = (sign: keyof typeof SIGNS): boolean => SIGNS[sign].some((one) => one.test(text));
  if (shows('refused')) return 'refused';
  if (answer.finishReason !== null && CUT_REASONS.has(answer.finishReason)) return 'cut';
  if (text === '') return 'empty';
  return shows('off-format') || isJson(text) ? 'off-format' : 'usable';
}

/**
 * The text of an answer without harmless wrapping: a model's thoughts, a code fence, a preamble, a label, a single list
 * mark, quotes and emphasis around the whole.
 */
export function unwrapAnswer(text: string): string {
  let bare = text.replace(/^\s*<think(?:ing)?>.*?<\/think(?:ing)?>/su, '');
  for (;;) {
    const before = bare;
    bare = stripOnce(bare.trim());
    if (bare === before) return bare;
  }
}

function stripOnce(text: string): string {
  const fenced = /^```[\w-]*\n([^`]*)\n?```$/u.exec(text)?.[1];
  if (fenced !== undefined) return fenced;
  let bare = text;
  for (const preamble of PREAMBLES) bare = bare.replace(preamble, '');
  // One item alone is no list.
  if (!bare.includes('\n')) bare = bare.replace(/^(?:[-*•]|1[.)](?!.* 2[.)] ))\s+/u, '');
  return unquote(bare);
}

const PAIRS = ['""', "''", '“”', '‘’', '«»', '``', '****', '**', '__'].map((pair) => ({
  open: pair.slice(0, pair.length / 2),
  close: pair.slice(pair.length / 2),
}));

/** Takes off quotes or emphasis around the whole, not those of two quoted parts. */
function unquote(text: string): string {
  for (const { open, close } of PAIRS) {
    if (text.length < open.length + close.length) continue;
    if (!text.startsWith(open) || !text.endsWith(close)) continue;
    const inner = text.slice(open.length, -close.length);
    if (!inner.includes(open) && !inner.includes(close)) return inner;
  }
  return text;
}

/** True for a JSON object or list; a number or a quoted text is a line as any other. */
function isJson(text: string): boolean {
  if (!/^[[{].*[\]}]$/u.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
