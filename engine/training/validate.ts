import { bucketLength } from '../batches/plan-batches.js';
import { packRows } from '../batches/pack-rows.js';
import type { TokenRow } from '../prompts/template.js';
import type { Session } from '../graph/program.js';

/**
 * Mean cross-entropy over the counted tokens of held-out rows, nats a token, by the signatures `validate/<length>`.
 *
 * Rows are taken in order of length, in full batches; the last batch is filled with rows that count for nothing.
 */
export function validationLoss(
  session: Session,
  rows: readonly TokenRow[],
  options: { batchSize: number; maxTokens: number; padId: number },
): number {
  const sorted = [...rows].sort((a, b) => a.ids.length - b.ids.length);
  const empty: TokenRow = { ids: [options.padId, options.padId], counted: [0, 0] };
  let loss = 0;
  let counted = 0;
  for (let start = 0; start < sorted.length; start += options.batchSize) {
    const batch = sorted.slice(start, start + options.batchSize);
    while (batch.length < options.batchSize) batch.push(empty);
    const length = bucketLength(Math.max(...batch.map((row) => row.ids.length)), options.maxTokens);
    const values = packRows(batch, length, options.padId);
    loss += session.run(`validate/${length}`, values)['loss']![0]!;
    counted += batch.reduce((sum, row) => sum + row.counted.slice(1).filter(Boolean).length, 0);
  }
  return counted === 0 ? 0 : loss / counted;
}
