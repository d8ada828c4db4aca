/** Returns a workflow id that people can read and sort: `demo-20260131-142205` (UTC). */
export function createRunId(recipeName: string, now: Date): string {
  const digits = now.toISOString().replaceAll(/[-:]/g, '');
  return `${recipeName}-${digits.slice(0, 8)}-${digits.slice(9, 15)}`;
}
