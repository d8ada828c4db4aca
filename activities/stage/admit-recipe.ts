import type { BurnishActivities } from '../../contracts/activities.js';
import { digestOf } from '../../files/digest.js';
import { digestSources } from '../../dataset/sources/open-source.js';
import { checkRecipe } from '../../recipe/check-recipe.js';
import type { ActivityDependencies } from '../dependencies.js';
import { storeBaseModel } from './store-base-model.js';

/**
 * The activity that checks a recipe, its files and the store before anything starts, and stores the base model.
 *
 * Any Temporal client can start a pipeline, so the recipe is checked here even if the command line has checked it.
 * @throws RecipeInvalidError or InputInvalidError, which are not tried again.
 */
export function createAdmitRecipe(
  dependencies: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'rootFolder'>,
): BurnishActivities['admitRecipe'] {
  return async (value) => {
    const recipe = checkRecipe(value, { origin: 'given to the pipeline' });
    const sourceDigests = await digestSources(recipe.collect.sources, dependencies);
    const admitted = { recipe, digest: digestOf(recipe), sourceDigests };
    if (recipe.pretrain) return admitted;
    return { ...admitted, base: await storeBaseModel(recipe.model, dependencies) };
  };
}
