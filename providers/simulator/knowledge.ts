import { readBundledModifiers, readBundledPrompts } from './bundled-data.js';
import { createNearestIndex, type NearestIndex } from './nearest.js';
import { TABLES } from './scorer/constants.js';
import { createScorerTables, type ScorerTables } from './scorer/tables.js';
import { readText } from './scorer/terms.js';
import { subjectClause } from './subject-clause.js';

/** What the simulator knows: made of the bundled training rows and modifiers alone. */
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

/** True for prompts with modifiers enough to learn from. */
export function isRich(prompt: string, tables: ScorerTables): boolean {
  return readText(prompt, tables).modifiers.length >= TABLES.richModifierCount;
}
