import type { Session } from '../graph/program.js';
import { responseSizeOf, rolloutValues } from './rollouts.js';
import type { Rollouts } from './rollouts.js';

export interface SeenRollouts {
  /** [rows, response], under the policy that wrote the texts; 0 behind the longest response of a batch. */
  logProbs: Float32Array;
  referenceLogProbs: Float32Array;
  values: Float32Array;
  entropy: Float32Array;
  /** log pi - log pi_ref summed over each text, nats. */
  klByRow: number[];
}

/** Log-probabilities, values and entropy of every response token, by the signatures `score/<size>`, in batches of `batchSize` rows. */
export function scoreRollouts(
  session: Session,
  rollouts: Rollouts,
  batchSize: number,
): SeenRollouts {
  const size = rollouts.rows * rollouts.length;
  const seen = {
    logProbs: new Float32Array(size),
    referenceLogProbs: new Float32Array(size),
    values: new Float32Array(size),
    entropy: new Float32Array(size),
  };
  for (let start = 0; start < rollouts.rows; start += batchSize) {
    const rows = Array.from({ length: batchSize }, (_, index) => start + index);
    const columns = responseSizeOf(rollouts, rows);
    const result = session.run(`score/${columns}`, rolloutValues(rollouts, rows, columns));
    for (const name of Object.keys(seen) as (keyof typeof seen)[])
      for (const [place, row] of rows.entries()) {
        const own = result[name]!.subarray(place * columns, (place + 1) * columns);
        seen[name].set(own, row * rollouts.length);
      }
  }
  const klByRow = Array.from({ length: rollouts.rows }, (_, row) => {
    let kl = 0;
    for (let index = row * rollouts.length; index < (row + 1) * rollouts.length; index += 1)
      kl += (seen.logProbs[index]! - seen.referenceLogProbs[index]!) * rollouts.mask[index]!;
    return kl;
  });
  return { ...seen, klByRow };
}
