/**
 * Workflow types: each is the name of an export. The workflows of all stages are one function, which computes the stage
 * that its input names.
 */
export { pipeline } from './pipeline.js';
export {
  runStage as collect,
  runStage as evaluate,
  runStage as fineTune,
  runStage as labelRewards,
  runStage as optimizePolicy,
  runStage as pretrain,
  runStage as trainRewardModel,
} from './run-stage.js';
