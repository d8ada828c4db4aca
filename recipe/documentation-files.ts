import { recipeJsonSchema, type JsonSchema } from './recipe.js';

/** The files made from the recipe's schema: path from the top of the project, and content. */
export function documentationFiles(): { path: string; content: string }[] {
  const schema = JSON.stringify(recipeJsonSchema(), null, 2);
  return [
    { path: 'recipes/recipe.schema.json', content: `${schema}\n` },
    { path: 'docs/recipe.md', content: recipeDocumentation() },
  ];
}

/** One field of a recipe, as the documentation lists it. */
export interface RecipeField {
  /** Dotted, for example `optimizePolicy.kl.target`. */
  path: string;
  isSection: boolean;
  isRequired: boolean;
  schema: JsonSchema;
}

/** Every section and field of a recipe, in the order they are written, sections before their fields. */
export function recipeFields(): RecipeField[] {
  return walk(recipeJsonSchema(), '');
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

/** The page that lists every field of a recipe, in Markdown, made from the schema that checks recipes. */
function recipeDocumentation(): string {
  const lines = [
    '# Recipe fields',
    '',
    'A recipe is a YAML file that says what to run. Only `name` is required. This page is made from the schema that checks recipes',
    'by `npm run recipe-docs`; editors read `recipes/recipe.schema.json`, made by the same command.',
  ];
  let section: string | undefined;
  for (const field of recipeFields()) {
    const parent = field.path.split('.').slice(0, -1).join('.');
    if (field.isSection) {
      section = field.path;
      lines.push('', `## ${field.path}`, '', meaningOf(field), ...tableHead());
      continue;
    }
    if (section === undefined || parent !== section) {
      section = parent;
      lines.push('', parent === '' ? '## The recipe itself' : `## ${parent}, continued`);
      lines.push(...tableHead());
    }
    lines.push(rowOf(field));
  }
  return `${withoutEmptyTables(lines).join('\n')}\n`;
}

function meaningOf({ schema }: RecipeField): string {
  const from = schema['x-from'];
  return `${schema['x-meaning'] ?? schema.description ?? ''}${from ? ` Default: ${from}.` : ''}`;
}

function tableHead(): string[] {
  return [
    '',
    '| field | meaning | value | unit | default | default from |',
    '|---|---|---|---|---|---|',
  ];
}

/** A section that only holds sections needs no table. */
function withoutEmptyTables(lines: string[]): string[] {
  return lines.flatMap((line, index) => {
    const isHead = line.startsWith('| field |') || line.startsWith('|---|');
    const rest = line.startsWith('|---|') ? lines[index + 1] : lines[index + 2];
    return isHead && !(rest ?? '').startsWith('|') ? [] : [line];
  });
}

function rowOf({ path, schema, isRequired }: RecipeField): string {
  const cells = [
    `\`${path.split('.').at(-1) ?? path}\``,
    schema['x-meaning'] ?? '',
    valueOf(schema),
    schema['x-unit'] ?? '',
    isRequired
      ? 'required'
      : schema.default === undefined
        ? ''
        : `\`${JSON.stringify(schema.default)}\``,
    schema['x-from'] ?? '',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** What may be written: type and bounds, or the choices. */
function valueOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(valueOf).join(' or ');
  if (schema.enum) return schema.enum.map((choice) => `\`${String(choice)}\``).join(', ');
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === 'array') return `list of ${valueOf(schema.items ?? {})}`;
  if (schema.type === 'integer' || schema.type === 'number') {
    const kind = schema.type === 'integer' ? 'whole number' : 'number';
    return [kind, ...boundsOf(schema)].join(', ');
  }
  return (
    { string: 'text', boolean: 'true or false', object: 'fields', null: '`null`' }[
      schema.type ?? ''
    ] ?? ''
  );
}

function boundsOf(schema: JsonSchema): string[] {
  const bounds: string[] = [];
  if (schema.exclusiveMinimum !== undefined) bounds.push(`> ${schema.exclusiveMinimum}`);
  else if (isReal(schema.minimum)) bounds.push(`>= ${schema.minimum}`);
  if (schema.exclusiveMaximum !== undefined) bounds.push(`< ${schema.exclusiveMaximum}`);
  else if (isReal(schema.maximum)) bounds.push(`<= ${schema.maximum}`);
  return bounds;
}

/** False for the limits that stand for "any whole number". */
function isReal(bound: number | undefined): bound is number {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}
