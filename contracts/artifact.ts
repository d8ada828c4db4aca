import { z } from 'zod';

export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');

export const artifactKinds = [
  'dataset',
  'model',
  'reward-model',
  'labels',
  'metrics',
  'evaluation',
  'report',
] as const;
export type ArtifactKind = (typeof artifactKinds)[number];

/** All that travels through Temporal about a set of immutable files. */
export const artifactRefSchema = z.strictObject({
  kind: z.enum(artifactKinds),
  /** SHA-256 of the manifest's canonical JSON. */
  digest: digestSchema,
  /** `s3://bucket/artifacts/<kind>/<digest>/` */
  uri: z.string(),
  /** Sum of the files' sizes, bytes. */
  byteLength: z.int().nonnegative(),
});
export type ArtifactRef = z.infer<typeof artifactRefSchema>;

export const fileEntrySchema = z.strictObject({
  /** Path inside the artifact, `/`-separated. */
  path: z.string().min(1),
  byteLength: z.int().nonnegative(),
  sha256: digestSchema,
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

/** `manifest.json`, written last; without it there is no artifact. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  kind: z.enum(artifactKinds),
  files: z.array(fileEntrySchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** How good the state of a checkpoint is, by the one number its method is judged by. */
export const checkpointQualitySchema = z.strictObject({
  /** Name in metrics.jsonl, such as `validation/loss`. */
  metric: z.string().min(1),
  value: z.number(),
  better: z.enum(['lower', 'higher']),
});
export type CheckpointQuality = z.infer<typeof checkpointQualitySchema>;

/** A committed checkpoint: its commit object lists every file with size and digest. */
export const checkpointRefSchema = z.strictObject({
  /** Digest of the commit object's file list: equal state, equal digest. */
  digest: digestSchema,
  /** URI of the commit object. */
  uri: z.string(),
  stepIndex: z.int().nonnegative(),
});
export type CheckpointRef = z.infer<typeof checkpointRefSchema>;
