import { z } from 'zod';
import { recipeSchema } from './recipe.js';

/** The JSON Schema of a recipe as people write it: fields with a default may be left out. */
export function recipeJsonSchema(): JsonSchema {
  return z.toJSONSchema(recipeSchema, { io: 'input' }) as JsonSchema;
}

/** The parts of a JSON Schema node that recipes use. */
export interface JsonSchema {
  type?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  'x-meaning'?: string;
  'x-unit'?: string;
  'x-from'?: string;
}

/** One field of a recipe, as the documentation lists it. */
export interface RecipeField {
  /** Dotted, for example `optimizePolicy.kl.target`. */
  path: string;
  isSection: boolean;
  isRequired: boolean;
  schema: JsonSchema;
}

let fields: RecipeField[] | undefined;

/** Every section and field of a recipe, in the order they are written, sections before their fields. */
export function recipeFields(): readonly RecipeField[] {
  fields ??= walk(recipeJsonSchema(), '');
  return fields;
}

function walk(section: JsonSchema, prefix: string): RecipeField[] {
  return Object.entries(section.properties ?? {}).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    // A section that may be null, such as `pretrain`, has its fields one level down.
    const inner = schema.properties
      ? schema
      : schema.anyOf?.find((choice) => choice.properties !== undefined);
    const field: RecipeField = {
      path,
      isSection: inner !== undefined,
      isRequired: section.required?.includes(name) ?? false,
      schema: inner === undefined ? schema : { ...inner, ...schema },
    };
    return inner === undefined ? [field] : [field, ...walk(inner, `${path}.`)];
  });
}
