// For editors and `npx depcruise`; the suite runs these rules, and those on reachability, by infra/layers/check-layers.mjs.
import { createArrowRules } from './infra/layers/check-layers.mjs';

export default {
  forbidden: createArrowRules(),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
