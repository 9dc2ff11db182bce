import { PermanentError } from '../../base/errors.ts';
import { sha256 } from '../../base/digest.ts';
import { safeName } from '../../base/text.ts';
import type { GivenTexts, PhaseSource } from '../../contract/compiled.ts';
import type { RecordStore } from '../../store/store.ts';

const files = { plan: 'plan.md', playbook: 'playbook.yaml' } as const;

/**
 * Keeps texts that stand in place of a phase's files among its records, under names that follow from what they hold.
 *
 * @returns their paths
 */
export async function keepTexts(records: RecordStore, workflowId: string, given: GivenTexts): Promise<PhaseSource> {
  const kept = (['plan', 'playbook'] as const).map(async (part) => {
    const text = given[part];
    if (text === undefined) return [];
    const where = `${safeName(workflowId)}/amendments/${sha256(text)}-${files[part]}`;
    await records.writeOnce(where, text);
    return [[part, where] as const];
  });
  return Object.fromEntries((await Promise.all(kept)).flat());
}

/**
 * The texts that were kept.
 *
 * @throws PermanentError when one of them is missing, or is not what its name says
 */
export async function keptTexts(records: RecordStore, source: PhaseSource): Promise<GivenTexts> {
  const texts = (['plan', 'playbook'] as const).map(async (part) => {
    const where = source[part];
    if (where === undefined) return [];
    const text = await records.read(where);
    if (text === undefined) throw new PermanentError(`${where} is missing among the records`);
    const isSame = where.includes(`/${sha256(text)}-`);
    if (!isSame) throw new PermanentError(`${where} among the records is not the text of the amendment any more`);
    return [[part, text] as const];
  });
  return Object.fromEntries((await Promise.all(texts)).flat());
}
