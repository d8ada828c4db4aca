import { readBundledModifiers, readBundledPrompts } from './bundled-data.js';
import { createNearestIndex, type NearestIndex } from './nearest.js';
import { TABLES } from './scorer/constants.js';
import { createScorerTables, type ScorerTables } from './scorer/tables.js';
import { readText } from './scorer/terms.js';
import { subjectClause } from './subject-clause.js';

/** What the simulator knows: made of the bundled prompts and modifiers alone. */
export interface Knowledge {
  /** What its texts are written with: the training rows, so that no held-out prompt gets into a pair. */
  tables: ScorerTables;
  /** What its scores are given by: every row, so that training rows are judged no better than held-out ones. */
  judge: ScorerTables;
  /** Rich training prompts by subject. */
  nearest: NearestIndex;
}

/** Builds the tables from the bundled data; takes about two seconds. */
export function loadKnowledge(): Knowledge {
  const prompts = readBundledPrompts('train').map((row) => row.prompt);
  const modifiers = readBundledModifiers().map((row) => row.modifier);
  const tables = createScorerTables(prompts, modifiers);
  const heldOut = readBundledPrompts('held-out').map((row) => row.prompt);
  const judge = createScorerTables([...prompts, ...heldOut], modifiers);
  const rich = prompts.filter((prompt) => isRich(prompt, tables));
  const nearest = createNearestIndex(
    rich.map((prompt) => ({ prompt, subject: subjectClause(prompt, tables.index) })),
  );
  return { tables, judge, nearest };
}

/** True for prompts with modifiers enough to learn from. */
export function isRich(prompt: string, tables: ScorerTables): boolean {
  return readText(prompt, tables).modifiers.length >= TABLES.richModifierCount;
}
