import { recipeJsonSchema } from './recipe-fields.js';
import { recipeDocumentation } from './recipe-documentation.js';

/** The files made from the recipe's schema: path from the top of the project, and content. */
export function documentationFiles(): { path: string; content: string }[] {
  return [
    {
      path: 'recipes/recipe.schema.json',
      content: `${JSON.stringify(recipeJsonSchema(), null, 2)}\n`,
    },
    { path: 'docs/recipe.md', content: recipeDocumentation() },
  ];
}
