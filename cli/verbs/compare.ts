import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { namedArtifactSchema, type NamedArtifact } from '../../contracts/report.js';
import { ExitCode, UsageError } from '../failures.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/** The parts of a report that are compared. */
const reportSchema = z.object({
  recipe: z.object({ digest: z.string() }),
  artifacts: z.array(namedArtifactSchema),
  evaluation: z.unknown().optional(),
});
type ComparedReport = z.infer<typeof reportSchema>;

export interface Comparison {
  equal: boolean;
  /** Whether the numbers of the evaluation are the same. */
  evaluation: boolean;
  /** The recipe's digest and each artifact's. */
  rows: { what: string; one: string | undefined; other: string | undefined; equal: boolean }[];
}

/**
 * Prints whether two runs computed the same: every artifact by its digest, and the numbers of the evaluation.
 *
 * Takes reports as `burnish run` leaves them, a folder or its report.json, so that runs of two machines can be compared. The exit
 * code is 1 when anything differs.
 *
 * @throws UsageError if one of the paths is no report.
 */
export function compare(
  first: string,
  second: string,
  options: { json: boolean; terminal: Terminal },
): ExitCode {
  const { terminal } = options;
  const { equal, evaluation, rows } = compareReports(readReport(first), readReport(second));
  if (options.json) terminal.print(JSON.stringify({ equal, evaluation, rows }));
  else {
    const cells = rows.map((row) => [
      row.what,
      (row.one ?? 'none').slice(0, 16),
      (row.other ?? 'none').slice(0, 16),
      row.equal ? 'equal' : 'DIFFERS',
    ]);
    const columns = ['', 'first', 'second', ''].map((title) => ({ title }));
    const numbers = ['evaluation numbers', '', '', evaluation ? 'equal' : 'DIFFER'];
    for (const line of renderTable(columns, [...cells, numbers])) terminal.print(line);
  }
  return equal ? ExitCode.ok : ExitCode.runFailed;
}

/** Compares the artifacts of two reports digest by digest, and the numbers of their evaluations. */
export function compareReports(one: ComparedReport, other: ComparedReport): Comparison {
  const rows = [
    { what: 'recipe', one: one.recipe.digest, other: other.recipe.digest },
    ...pairArtifacts(one.artifacts, other.artifacts),
  ].map((row) => ({ ...row, equal: row.one !== undefined && row.one === row.other }));
  const evaluation = isDeepStrictEqual(one.evaluation, other.evaluation);
  return { equal: evaluation && rows.every((row) => row.equal), evaluation, rows };
}

function pairArtifacts(one: NamedArtifact[], other: NamedArtifact[]) {
  const byName = (artifacts: NamedArtifact[]) =>
    new Map(artifacts.map(({ stage, name, ref }) => [`${stage}/${name}`, ref.digest]));
  const [first, second] = [byName(one), byName(other)];
  return [...new Set([...first.keys(), ...second.keys()])].map((what) => ({
    what,
    one: first.get(what),
    other: second.get(what),
  }));
}

function readReport(path: string): ComparedReport {
  try {
    const file = statSync(path).isDirectory() ? join(path, 'report.json') : path;
    return reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new UsageError(
      `${path} is no report: ${reason}. Give the folder of a report, or its report.json, as burnish report RUN prints it.`,
      { cause: error },
    );
  }
}
