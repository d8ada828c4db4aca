import { ApplicationFailure } from '@temporalio/workflow';
import type { ArtifactRef } from '../../contracts/artifact.js';
import { FailureType, type WorkflowType } from '../../contracts/names.js';
import type { AdmittedRecipe, KeySettings, StageWork } from '../../contracts/stages.js';
import type { Recipe } from '../../recipe/recipe.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import { Stage } from '../../recipe/stage.js';
import type { StageRun } from '../stage-control.js';

/** Named results of the stages that have ended. */
export type StageOutputs = Partial<Record<Stage, Record<string, ArtifactRef>>>;

/** A named result of an earlier stage. @throws Error if that stage has not ended. */
export type FindOutput = (from: Stage, name: string) => ArtifactRef;

/** What is known of a recipe when its stages get their keys. */
export type KeyedRecipe = Pick<AdmittedRecipe, 'recipe' | 'sourceDigests' | 'base'>;

/** A stage as the pipeline plans it: pure functions of the recipe and of the results so far. */
export interface StageDefinition {
  /** The artifacts it reads, by the names its activities know them by. */
  inputs: (find: FindOutput, admitted: AdmittedRecipe) => Record<string, ArtifactRef>;
  /** The parts of the recipe that change its results, and nothing else: they form its key in the stage cache. */
  keySettings: (admitted: KeyedRecipe) => KeySettings;
}

/** A stage that runs as a workflow of its own. */
export interface ComputedStageDefinition extends StageDefinition {
  workflowType: WorkflowType;
  /** What the stage computes when no earlier run has left a result under its key. */
  compute: (run: StageRun) => Promise<StageWork>;
}

/** Finds what a stage reads among the results of the stages before it. */
export function outputFinder(stage: Stage, outputs: StageOutputs): FindOutput {
  return (from, name) => {
    const ref = outputs[from]?.[name];
    if (!ref) throw new Error(`Stage ${stage} needs ${name} of ${from}, which has not ended`);
    return ref;
  };
}

/** The model to start from: the recipe's, or the one that it pretrains. */
export function baseModel(find: FindOutput, admitted: AdmittedRecipe): ArtifactRef {
  return admitted.base ?? find(Stage.pretrain, 'model');
}

/** A provider's answers depend on which server and model answers and on how pictures are drawn, not on limits or prices. */
export function answering({ providers }: Recipe, names: readonly ProviderName[]): KeySettings {
  const { chat, captions, images, scores, simulator } = providers;
  const { width, height, ...sampling } = images.drawing;
  const settings: Record<ProviderName, KeySettings> = {
    chat: { url: chat.url, model: chat.model },
    captions: { url: captions.url, model: captions.model },
    images: {
      url: images.url,
      model: images.model,
      protocol: images.protocol,
      maxPerCall: images.maxPerCall,
      width,
      height,
      // The other protocol leaves sampling to its server.
      ...(images.protocol === 'sdapi' && sampling),
    },
    scores: { url: scores.url, model: scores.model, models: scores.models },
  };
  const isWrittenBySimulator = names.some(
    // The providers that write texts are those whose answers are asked for again.
    (name) => 'answerAttempts' in providers[name] && providers[name].url === 'simulator',
  );
  return {
    ...Object.fromEntries(names.map((name) => [name, settings[name]])),
    // Faults in the content of the simulator's answers change what is collected of them.
    ...(isWrittenBySimulator && {
      simulator: { seed: simulator.seed, content: simulator.content },
    }),
  };
}

/**
 * The stage's artifacts under these names.
 * @throws ApplicationFailure InputInvalidError if one is missing, as it may be in a stage that was started by hand.
 */
export function requireInputs<Name extends string>(
  given: Record<string, ArtifactRef>,
  names: readonly Name[],
): Record<Name, ArtifactRef> {
  const found: Partial<Record<Name, ArtifactRef>> = {};
  for (const name of names) {
    const ref = given[name];
    if (!ref) {
      throw ApplicationFailure.nonRetryable(
        `The stage's input "${name}" is missing: give the reference of an artifact.`,
        FailureType.inputInvalid,
      );
    }
    found[name] = ref;
  }
  return found as Record<Name, ArtifactRef>;
}
