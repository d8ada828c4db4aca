import { describedSource } from '../../../recipe/sections/collect.js';
import type { Recipe } from '../../../recipe/recipe.js';
import { formatCount, formatMeasured } from '../../../text/quantities.js';

/** Mean content kept, 0 to 1, of greedy rewrites. */
export interface KeptContent {
  /** All descriptions of the test split. */
  heldOut: { mean: number; count: number };
  /** Those among them that people typed: short prompts, not descriptions made from long ones. */
  real: { mean: number; count: number };
}

export interface BaseCardInput {
  recipe: Recipe;
  recipeDigest: string;
  datasetDigest: string;
  modelDigest: string;
  /** SHA-256 of model.safetensors. */
  weightsSha256: string;
  weightsBytes: number;
  /** Scalars of the stage, such as the losses. */
  summary: Record<string, number>;
  kept: KeptContent;
  /** What the model keeps whose place this one takes; absent if there was none. */
  keptBefore?: KeptContent;
}

/** A row of the table of what models keep. */
function keptRow(name: string, { heldOut, real }: KeptContent): string {
  return `| ${name} | ${formatMeasured(heldOut.mean)} | ${formatMeasured(real.mean)} |`;
}

/** Returns the README.md of a base model: what it is, how to make it again, what it learned from, where it fails. */
// eslint-disable-next-line max-lines-per-function -- One document, in the order in which it is read.
export function baseCard(input: BaseCardInput): string {
  const { recipe, summary } = input;
  const settings = recipe.pretrain;
  if (settings === null) throw new Error('A base model has a recipe with a section `pretrain`.');
  // The number of steps is a row of its own.
  const measured = Object.entries(summary).filter(([name]) => name !== 'steps');
  const numbers = measured.map(([name, value]) => `| ${name} | ${formatMeasured(value)} |`);
  const { kept, keptBefore } = input;
  const keptRows = [
    keptRow('this one', kept),
    ...(keptBefore ? [keptRow('the one before', keptBefore)] : []),
  ];
  return `---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-generation
tags:
  - burnish
  - bloom
---

# ${recipe.publish.name}

A small BLOOM that Burnish starts from where no download is wanted: hidden size ${String(settings.hiddenSize)}, ${String(settings.layerCount)} layers,
${String(settings.headCount)} heads, a byte-level BPE of ${formatCount(settings.vocabularySize)} tokens, weights in bfloat16.

## Make it again

\`\`\`sh
npm run pretrain -- --replace
\`\`\`

runs the stages \`collect\` and \`pretrain\` of the recipe \`${recipe.name}\`. Same recipe and machine type, same bytes.

| | |
|---|---|
| recipe digest | \`${input.recipeDigest}\` |
| dataset digest | \`${input.datasetDigest}\` |
| model digest | \`${input.modelDigest}\` |
| model.safetensors | ${formatCount(input.weightsBytes)} bytes, SHA-256 \`${input.weightsSha256}\` |
| steps | ${formatCount(settings.steps)} of ${formatCount(settings.batchSize)} rows |
| seed | ${String(recipe.seed)} |
${numbers.join('\n')}

## Data

Training rows of ${recipe.collect.sources.map((source) => `\`${describedSource(source).path}\``).join(', ')}: real prompts of DiffusionDB (Wang et al. 2022), CC0 1.0; see
\`data/README.md\`. Descriptions and improved prompts are the simulator's, made from those prompts. Rows of the
validation and test splits were never seen.

Mixture: pairs ${formatMeasured(settings.mixture.pairs)}, random words copied ${formatMeasured(settings.mixture.copiedWords)}, random tokens copied ${formatMeasured(settings.mixture.copiedTokens)}, plain prompts ${formatMeasured(settings.mixture.prompts)}.${
    settings.mixture.pairs > 0
      ? ' Pairs are in the mixture, so\nfine-tuning on pairs starts from a model that has seen its task.'
      : ''
  }

## Content kept

Share of a description's content words that its greedy rewrite holds, before any fine-tuning: of ${formatCount(kept.heldOut.count)} descriptions of the
test split, and of ${formatCount(kept.real.count)} short prompts of that split that people typed.

| model | test descriptions | real short prompts |
|---|---|---|
${keptRows.join('\n')}

## Limits

- A starting point for fine-tuning and for tests, not a language model: English, lower case, the words of one community
  in August 2022, names of living artists among them.
- It does not filter unsafe text.
`;
}
