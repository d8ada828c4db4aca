import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { stageKey } from '../../../activities/stage/open-stage.js';
import type { ArtifactRef } from '../../../contracts/artifact.js';
import type { ComputedStage } from '../../../contracts/stages.js';
import { stageDescriptions, stageTitles } from '../../../contracts/stage-words.js';
import { WorkflowType } from '../../../contracts/names.js';
import { readRecipe } from '../../../recipe/read-recipe.js';
import { Stage } from '../../../recipe/stage.js';
import * as workflows from '../../../workflows/index.js';
import { computedStages, keySettings, stageDefinitions } from '../../../workflows/stages/index.js';
import { fakeRef } from '../../support/fakes/fake-activities.js';

const demo = fileURLToPath(new URL('../../../recipes/demo.yaml', import.meta.url));
const recipe = await readRecipe(demo);
const admitted = {
  recipe,
  digest: 'd'.repeat(64),
  sourceDigests: ['s'.repeat(64)],
  base: fakeRef('model', 'base'),
};

/** The keys of the demo's stages, each input the fake artifact of its name. */
function keysOfDemo(): Record<string, string> {
  const find = (from: Stage, name: string): ArtifactRef => fakeRef('model', `${from} ${name}`);
  return Object.fromEntries(
    Object.values(Stage).map((stage) => {
      const inputs = stageDefinitions[stage].inputs(find, admitted);
      const settings = keySettings(stage, admitted);
      return [stage, stageKey({ stage, settings, seed: recipe.seed, inputs }).slice(0, 16)];
    }),
  );
}

test('a stage of the demo has the key it always had, so that its results are found again', () => {
  expect(keysOfDemo()).toEqual({
    collect: '56a90853808a5a57',
    pretrain: '26d1fd19d9fdde27',
    fineTune: 'ae34cd8349f7c80a',
    labelRewards: '02b9f83c31cd4551',
    pickReward: '8a52c605b6f27719',
    aestheticReward: 'c30d4b74db32a3aa',
    optimizePolicy: '4a5a5f56e8b8d50f',
    evaluate: '6c468582ceab2c8d',
    publish: '8a15117d50e038e4',
  });
});

test('every stage is defined, titled, and has a workflow type that is there', () => {
  const stages = Object.values(Stage);
  expect(Object.keys(stageDefinitions).sort()).toEqual([...stages].sort());
  expect(Object.keys(stageTitles).sort()).toEqual([...stages].sort());
  const computed = stages.filter((stage): stage is ComputedStage => stage !== Stage.publish);
  expect(Object.keys(computedStages).sort()).toEqual([...computed].sort());
  expect(Object.keys(stageDescriptions).sort()).toEqual([...computed].sort());
  for (const stage of computed)
    expect(Object.values(WorkflowType)).toContain(computedStages[stage].workflowType);
});

test('every workflow type is a workflow that workers find, and no other is', () => {
  expect(Object.keys(workflows).sort()).toEqual(Object.values(WorkflowType).sort());
});
