import { calculateJwkThumbprint } from 'jose';
import type { Listed } from '../gates/events.ts';
import type { VerifyingKey } from '../identity/registry.ts';
import { own } from '../plan/own.ts';
import type { Playbook } from '../plan/playbook.ts';

/** What a record is compared with besides itself: kept where whoever could write the record anew could not. */
export interface Anchors {
  /** Whose keys and subjects these are. */
  readonly playbook?: Pick<Playbook, 'people' | 'oidc'>;
  /** RFC 7638 thumbprints of the provider's keys. */
  readonly providerKeys?: ReadonlySet<string>;
  /** A head of the ledger, as memo, hand-over or result say it. */
  readonly head?: string;
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
