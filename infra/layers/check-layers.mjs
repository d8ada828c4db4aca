import { cruise } from 'dependency-cruiser';
import { arrows } from './arrows.mjs';
import { createArrowRules, createReachRules } from './rules.mjs';

/**
 * Imports that break the rules, one line each; none when all is well.
 * @param {{ folder?: string }} [options] checkout to look at; default: the current folder
 * @returns {Promise<string[]>}
 */
export async function findLayerViolations({ folder = process.cwd() } = {}) {
  return [
    // 'specify' also sees type imports and tells them apart.
    ...(await findViolations(createArrowRules(), { folder, types: 'specify' })),
    // Types are gone at run time, so reachability looks at what is left without them.
    ...(await findViolations(createReachRules(), { folder, types: false })),
  ];
}

/**
 * @param {import('dependency-cruiser').IForbiddenRuleType[]} forbidden
 * @param {{ folder: string, types: 'specify' | false }} options
 */
async function findViolations(forbidden, { folder, types }) {
  const { output } = await cruise(
    Object.keys(arrows),
    {
      baseDir: folder,
      ruleSet: { forbidden },
      validate: true,
      tsPreCompilationDeps: types,
      tsConfig: { fileName: 'tsconfig.json' },
      doNotFollow: { path: 'node_modules' },
      combinedDependencies: true,
      enhancedResolveOptions: {
        exportsFields: ['exports'],
        conditionNames: ['import', 'node', 'default', 'types'],
      },
    },
    { extensionAlias: { '.js': ['.ts', '.js'] } },
  );
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map(({ rule, from, to, via, cycle }) => {
    const chain = (via ?? cycle ?? []).map((step) => step.name);
    return `${rule.name}: ${from} → ${chain.length > 0 ? chain.join(' → ') : to}`;
  });
}
