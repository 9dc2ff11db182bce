import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { runTool, say } from './report.ts';

/** Licences under which a package may be part of a release. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']);

/** What is read of a bill of materials (CycloneDX 1.5). */
const Bill = z.object({
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licenses: z
        .array(
          z.object({
            license: z.object({ id: z.string().optional(), name: z.string().optional() }).optional(),
            expression: z.string().optional(),
          }),
        )
        .default([]),
    }),
  ),
});

/**
 * Holds the licences of the packages that a release is made of (reports/sbom.json) to those that are allowed, and writes
 * reports/licences.json: the packages by licence.
 */
await runTool('licences', async () => {
  const reports = join(import.meta.dirname, '../reports');
  const bill = JSON.parse(await readFile(join(reports, 'sbom.json'), 'utf8')) as {
    serialNumber?: string;
    metadata?: object;
  };
  const { components } = Bill.parse(bill);
  if (components.length === 0) throw new Error('reports/sbom.json names no package');
  // The bill of the same packages is the same: approvals refer to its digest.
  await writeFile(
    join(reports, 'sbom.json'),
    `${JSON.stringify({ ...bill, serialNumber: undefined, metadata: { ...bill.metadata, timestamp: undefined } }, undefined, 2)}\n`,
  );
  const byLicence = new Map<string, string[]>();
  for (const { name, version, licenses } of components) {
    const [found] = licenses;
    const licence = found?.expression ?? found?.license?.id ?? found?.license?.name ?? 'none';
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), `${name}@${version}`]);
  }
  await writeFile(join(reports, 'licences.json'), `${JSON.stringify(Object.fromEntries(byLicence), undefined, 2)}\n`);
  const refused = [...byLicence].filter(([licence]) => !ALLOWED.has(licence));
  if (refused.length > 0)
    throw new Error(refused.map(([licence, packages]) => `${packages.join(', ')}: licence ${licence}`).join('; '));
  say(`${String(components.length)} packages under ${[...byLicence.keys()].sort().join(', ')}`);
});
