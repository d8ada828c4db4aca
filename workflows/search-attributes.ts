import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributePair,
} from '@temporalio/common';
import { SearchAttribute } from '../contracts/names.js';
import { type Stage } from '../recipe/stage.js';
import type { Recipe } from '../recipe/recipe.js';

const recipeKey = defineSearchAttributeKey(SearchAttribute.recipe, SearchAttributeType.KEYWORD);
const stageKey = defineSearchAttributeKey(SearchAttribute.stage, SearchAttributeType.KEYWORD);
const modelKey = defineSearchAttributeKey(SearchAttribute.model, SearchAttributeType.KEYWORD);

/** What `temporal workflow list` filters a pipeline by: its recipe and the model it publishes. */
export function recipeAttributes(recipe: Recipe): SearchAttributePair[] {
  return [
    { key: recipeKey, value: recipe.name },
    { key: modelKey, value: recipe.publish.name },
  ];
}

/** The same with the stage a workflow is at. */
export function stageAttributes(stage: Stage, recipe: Recipe): SearchAttributePair[] {
  return [...recipeAttributes(recipe), { key: stageKey, value: stage }];
}
