import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { splitOf } from '../../text/split.js';
import { normalisePrompt } from '../../text/words.js';
import { createNearestIndex, type NearestIndex, subjectClause } from './subjects.js';
import { TABLES } from './scorer/constants.js';
import { createScorerTables, type ScorerTables } from './scorer/tables.js';
import { readText } from './scorer/terms.js';

interface BundledPrompt {
  id: string;
  /** Normalised and lower-case. */
  prompt: string;
}

interface BundledModifier {
  modifier: string;
  kind: string;
  /** Distinct prompts of a large export that hold it as a comma segment. */
  count: number;
}

/** The default shares of a recipe: the simulator writes nothing from rows that they hold out. */
const SHARES = { validationShare: 0.04, testShare: 0.04 };

/** The bundled prompts of one side of the default split: the simulator writes from `train` and is tested on `held-out`. */
export function readBundledPrompts(side: 'train' | 'held-out'): BundledPrompt[] {
  return readLines<{ id: string; prompt: string }>('diffusiondb-prompts.jsonl.gz')
    .filter(({ id }) => (splitOf(id, SHARES) === 'train') === (side === 'train'))
    .map(({ id, prompt }) => ({ id, prompt: normalisePrompt(prompt).toLowerCase() }));
}

/** The bundled modifiers, most frequent first. */
function readBundledModifiers(): BundledModifier[] {
  return readLines<BundledModifier>('modifiers.jsonl.gz').map((row) => ({
    ...row,
    modifier: normalisePrompt(row.modifier).toLowerCase(),
  }));
}

function readLines<Row>(name: string): Row[] {
  const bytes = readFileSync(new URL(`../../data/${name}`, import.meta.url));
  return gunzipSync(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

/** Tables that the simulator writes with, of the bundled training rows and modifiers alone, so that no held-out prompt gets into a pair. */
export interface Knowledge {
  tables: ScorerTables;
  /** Rich training prompts by subject. */
  nearest: NearestIndex;
}

/** Builds the tables from the bundled data; takes about a second. */
export function loadKnowledge(): Knowledge {
  const prompts = readBundledPrompts('train').map((row) => row.prompt);
  const modifiers = readBundledModifiers().map((row) => row.modifier);
  const tables = createScorerTables(prompts, modifiers);
  const rich = prompts.filter((prompt) => isRich(prompt, tables));
  const nearest = createNearestIndex(
    rich.map((prompt) => ({ prompt, subject: subjectClause(prompt, tables.index) })),
  );
  return { tables, nearest };
}

/** Tables that the scorer uses, of every bundled row, so that training rows are judged no better than held-out ones. */
export function loadJudge(): ScorerTables {
  const prompts = [...readBundledPrompts('train'), ...readBundledPrompts('held-out')];
  return createScorerTables(
    prompts.map((row) => row.prompt),
    readBundledModifiers().map((row) => row.modifier),
  );
}

/** True for prompts with modifiers enough to learn from. */
export function isRich(prompt: string, tables: ScorerTables): boolean {
  return readText(prompt, tables).modifiers.length >= TABLES.richModifierCount;
}
