/** Licences of the bundled files, as `data/README.md` states them. */
const BUNDLED: Record<string, string> = {
  'bundled:diffusiondb-prompts.jsonl.gz': 'cc0-1.0',
  'bundled:modifiers.jsonl.gz': 'mit',
};

/** The identifier of a source's licence; undefined for a file of the operator's own, whose licence Burnish does not know. */
export function licenceOfSource(source: string): string | undefined {
  return BUNDLED[source];
}
