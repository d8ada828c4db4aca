import { readBundledModifiers, readBundledPrompts } from './bundled-data.js';
import { createNearestIndex, type NearestIndex } from './nearest.js';
import { TABLES } from './scorer/constants.js';
import { createScorerTables, type ScorerTables } from './scorer/tables.js';
import { readText } from './scorer/terms.js';
import { subjectClause } from './subject-clause.js';

/** What the simulator writes with: made of the bundled training rows and modifiers alone, so that no held-out prompt gets into a pair. */
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

/** Tables the scores are given by: of every bundled row, so that training rows are judged no better than held-out ones. */
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
