import { readFileSync } from 'node:fs';
import { z } from 'zod';

const findings = z.array(
  z.strictObject({
    scenario: z.string(),
    library: z.string(),
    /** The version in which it was looked up. */
    version: z.string(),
    /** Why the library does what it does, and where. */
    because: z.string().min(1),
  }),
);

export type Finding = z.infer<typeof findings>[number];

/** What was found by hand behind every deviation of a peer. */
export function readFindings(): readonly Finding[] {
  const file = new URL('findings.json', import.meta.url);
  return findings.parse(JSON.parse(readFileSync(file, 'utf8')));
}
