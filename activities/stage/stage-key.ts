import type { OpenStageInput } from '../../contracts/stages.js';
import { Stage } from '../../recipe/stage.js';
import { instructionsDigest } from '../../providers/instructions.js';
import { digestOf } from '../../files/digest.js';
import { stageVersions } from './stage-versions.js';

/**
 * Digest of all that a stage's result depends on: name, code version, its settings, the seed and its inputs' digests.
 *
 * `forcedBy` makes a key of its own, so that a forced stage meets neither an earlier result nor its checkpoints.
 */
export function stageKey(input: Omit<OpenStageInput, 'force'>, forcedBy?: string): string {
  const inputs = Object.fromEntries(
    Object.entries(input.inputs).map(([name, { digest }]) => [name, digest]),
  );
  const { stage, settings, seed } = input;
  return digestOf({
    stage,
    version: stageVersions[stage],
    settings,
    seed,
    inputs,
    forcedBy,
    // What the chat model is told stands in files, not in the recipe.
    ...(stage === Stage.collect && { instructions: instructionsDigest }),
  });
}
