import { calculateJwkThumbprint } from 'jose';
import { digestOf } from '../base/digest.ts';
import { own } from '../base/json.ts';
import type { Listed } from '../gates/events.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import type { Plan } from '../plan/model.ts';
import type { Playbook } from '../plan/playbook/schema.ts';
import type { CompiledSince } from './compiled.ts';

/** What a record is compared with besides itself: kept where a forger of the record cannot write. */
export interface Anchors {
  /** The plan that the files of the phase compile to, as it was at last. */
  readonly plan?: Plan;
  /** Whose keys and subjects these are. */
  readonly playbook?: Pick<Playbook, 'people' | 'oidc'>;
  /** RFC 7638 thumbprints of the provider's keys. */
  readonly providerKeys?: ReadonlySet<string>;
  /** Public keys of workers, in base64url. */
  readonly workerKeys?: ReadonlySet<string>;
  /** A head of the ledger, as memo, hand-over or result say it. */
  readonly head?: string;
}

/** Why the files that were given are not those that the phase went by at last. */
export function planFault({ compiled, entry }: CompiledSince, given: Plan | undefined): string | undefined {
  if (given === undefined) return undefined;
  const { plan: recorded } = compiled;
  const [mine, theirs] = [given.digests, recorded.digests];
  const which = entry === undefined ? 'the phase' : `the amendment in entry ${String(entry)} of the ledger`;
  const isNot = `is not the one that ${which} was compiled from`;
  if (mine.plan !== theirs.plan) return `plan.md ${isNot}`;
  if (mine.playbook !== theirs.playbook) return `playbook.yaml ${isNot}`;
  const paths = Object.keys({ ...mine.templates, ...theirs.templates });
  const other = paths.find((path) => own(mine.templates, path) !== own(theirs.templates, path));
  if (other !== undefined) return `${other} ${isNot}`;
  return digestOf(given) === digestOf(recorded)
    ? undefined
    : 'they compile to another plan than the one in the history';
}

/** Why a key that has signed for a person is not one that the playbook at hand lists for them. */
export async function anchorFault(
  by: string,
  { key, listed }: { readonly key: VerifyingKey; readonly listed: Listed },
  method: 'key' | 'oidc',
  { playbook, providerKeys }: Anchors,
): Promise<string | undefined> {
  const thumbprint = await calculateJwkThumbprint(key);
  if (method === 'oidc') {
    if (providerKeys?.has(thumbprint) === false) return `the provider's keys given do not hold ${thumbprint}`;
    if (playbook === undefined) return undefined;
    const { issuer, audience, claim } = playbook.oidc ?? {};
    const isSame = issuer === listed.oidc?.issuer && audience === listed.oidc?.audience && claim === listed.oidc?.claim;
    if (!isSame) return 'the provider is not the one that the playbook given names';
    const subject = own(playbook.people, by)?.subject;
    return subject === listed.subject ? undefined : `the playbook given lists ${by} as another subject`;
  }
  if (playbook === undefined) return undefined;
  const keys = own(playbook.people, by)?.keys ?? [];
  return (await thumbprintsOf(keys)).includes(thumbprint)
    ? undefined
    : `the playbook given does not list the key ${thumbprint} for ${by}`;
}

export function thumbprintsOf(keys: readonly VerifyingKey[]): Promise<string[]> {
  return Promise.all(keys.map((key) => calculateJwkThumbprint(key)));
}
