import type { ArtifactRef } from './artifact.js';

/** Shards that wait to be collected. */
export interface CollectionPlan {
  /** `dataset` artifact with shard-00000.jsonl ... and rejected.jsonl. */
  rows: ArtifactRef;
  shardCount: number;
  rowCount: number;
  rejectedCount: number;
}

/** Pairs made of one shard. */
export interface CollectedShard {
  shardIndex: number;
  pairs: ArtifactRef;
  pairCount: number;
  rejectedCount: number;
}
