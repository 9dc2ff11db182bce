import { sha256 } from '../../../base/digest.ts';

/**
 * Token of the request that starts a release, the same for every attempt of a step's try: AWS answers a repeated request with the execution
 * that the first one started. AWS allows 128 characters of `[a-zA-Z0-9-]`.
 */
export function releaseToken(identity: string, { region, pipeline }: Readonly<Record<'region' | 'pipeline', string>>) {
  return `phasegate-${sha256(JSON.stringify([identity, region, pipeline])).slice(0, 40)}`;
}
