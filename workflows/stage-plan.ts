/** What each stage depends on and takes in; pure functions of the recipe and of the results so far. */
import type { ArtifactRef } from '../contracts/artifact.js';
import { Stage } from '../recipe/stage.js';
import type { ProviderName } from '../recipe/sections/providers.js';
import type { Recipe } from '../recipe/recipe.js';
import type { AdmittedRecipe } from '../contracts/stages.js';

type KeyedRecipe = Pick<AdmittedRecipe, 'recipe' | 'sourceDigests' | 'base'>;

/** Named results of the stages that have ended. */
export type StageOutputs = Partial<Record<Stage, Record<string, ArtifactRef>>>;

/** The stages a recipe runs, in order. */
export function plannedStages(recipe: Recipe): Stage[] {
  const stages = Object.values(Stage).filter(
    (stage) => stage !== Stage.pretrain || recipe.pretrain,
  );
  return recipe.stopAfter === null ? stages : stages.slice(0, stages.indexOf(recipe.stopAfter) + 1);
}

/**
 * The parts of the recipe that change a stage's results, and nothing else: they form its key in the stage cache.
 */
export function keySettings(stage: Stage, { recipe, sourceDigests, base }: KeyedRecipe): unknown {
  const { template } = recipe.model;
  switch (stage) {
    case Stage.collect:
      return {
        ...recipe.collect,
        sourceDigests,
        ...(limitsTokens(recipe) && { tokenizerOf: base?.digest }),
        providers: answering(recipe, ['chat', 'captions', 'images']),
      };
    case Stage.pretrain:
      return { ...recipe.pretrain, template };
    case Stage.fineTune:
      return { ...recipe.fineTune, template };
    case Stage.labelRewards:
      return {
        ...recipe.labelRewards,
        sampling: recipe.optimizePolicy.sampling,
        providers: answering(recipe, ['images', 'scores']),
      };
    case Stage.pickReward:
    case Stage.aestheticReward:
      return { ...recipe[stage], template };
    case Stage.optimizePolicy:
      return {
        ...recipe.optimizePolicy,
        template,
        imagesPerPrompt: recipe.labelRewards.imagesPerPrompt,
        providers: answering(recipe, ['images', 'scores']),
      };
    case Stage.evaluate:
      return { ...recipe.evaluate, providers: answering(recipe, ['images', 'scores']) };
    case Stage.publish:
      return recipe.publish;
  }
}

/** Then the tokenizer of the base model decides which pairs stay. */
function limitsTokens({ collect: { filters } }: Recipe): boolean {
  return filters.minTargetTokens !== null || filters.maxTargetTokens !== null;
}

/**
 * A provider's answers depend on which server and model answers and on how pictures are drawn, not on limits or prices.
 *
 * What is drawn as it always was, and scored by models of the usual names, adds nothing, so that results stay cached.
 */
function answering({ providers }: Recipe, names: ProviderName[]): unknown {
  const { images, scores, simulator } = providers;
  const { width, height, ...sampling } = images.drawing;
  const isSquare = width === 512 && height === 512;
  const isUsual = Object.entries(scores.models).every(([model, name]) => model === name);
  const more = {
    images: {
      ...(isSquare ? {} : { width, height }),
      ...(images.protocol === 'openai' ? {} : { protocol: images.protocol, sampling }),
      ...(images.maxPerCall === 16 ? {} : { maxPerCall: images.maxPerCall }),
    },
    scores: isUsual ? {} : { models: scores.models },
    chat: {},
    captions: {},
  };
  const isSpoilt =
    names.some(
      (name) => (name === 'chat' || name === 'captions') && providers[name].url === 'simulator',
    ) && Object.values(simulator.content).some((share) => share > 0);
  return {
    ...Object.fromEntries(
      names.map((name) => [
        name,
        { url: providers[name].url, model: providers[name].model, ...more[name] },
      ]),
    ),
    ...(isSpoilt && { simulator: { seed: simulator.seed, content: simulator.content } }),
  };
}

/**
 * The artifacts a stage reads, by the names its activities know them by.
 *
 * @throws Error if a stage before it has not ended.
 */
export function stageInputs(
  stage: Stage,
  admitted: AdmittedRecipe,
  outputs: StageOutputs,
): Record<string, ArtifactRef> {
  const of = (from: Stage, name: string): ArtifactRef => {
    const ref = outputs[from]?.[name];
    if (!ref) throw new Error(`Stage ${stage} needs ${name} of ${from}, which has not ended`);
    return ref;
  };
  const base = (): ArtifactRef => admitted.base ?? of(Stage.pretrain, 'model');
  switch (stage) {
    case Stage.collect:
      return {};
    case Stage.pretrain:
      return { dataset: of(Stage.collect, 'dataset') };
    case Stage.fineTune:
      return { dataset: of(Stage.collect, 'dataset'), model: base() };
    case Stage.labelRewards:
      return { dataset: of(Stage.collect, 'dataset'), model: of(Stage.fineTune, 'model') };
    case Stage.pickReward:
    case Stage.aestheticReward:
      return {
        labels: of(Stage.labelRewards, 'labels'),
        model: admitted.recipe[stage].body === 'base' ? base() : of(Stage.fineTune, 'model'),
      };
    case Stage.optimizePolicy:
      return {
        dataset: of(Stage.collect, 'dataset'),
        model: of(Stage.fineTune, 'model'),
        labels: of(Stage.labelRewards, 'labels'),
        pickReward: of(Stage.pickReward, 'model'),
        aestheticReward: of(Stage.aestheticReward, 'model'),
      };
    case Stage.evaluate:
      return {
        dataset: of(Stage.collect, 'dataset'),
        labels: of(Stage.labelRewards, 'labels'),
        fineTuned: of(Stage.fineTune, 'model'),
        policy: of(Stage.optimizePolicy, 'model'),
        pickReward: of(Stage.pickReward, 'model'),
        aestheticReward: of(Stage.aestheticReward, 'model'),
      };
    case Stage.publish:
      return {
        dataset: of(Stage.collect, 'dataset'),
        policy: of(Stage.optimizePolicy, 'model'),
        evaluation: of(Stage.evaluate, 'evaluation'),
      };
  }
}
