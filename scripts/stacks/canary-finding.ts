/** An assumption that deployments rely on, and the answer that was seen. */
export interface CanaryFinding {
  readonly assumption: string;
  readonly seen: string;
  /** `differs from AWS`: AWS documents another answer, and deployments work with this one as well. */
  readonly verdict: 'ok' | 'differs from AWS' | 'failed';
}

/** Says what the findings mean for deployments. */
export function conclusion(findings: readonly Pick<CanaryFinding, 'verdict'>[], isStandIn: boolean): string {
  const has = (wanted: CanaryFinding['verdict']) => findings.some(({ verdict }) => verdict === wanted);
  if (has('failed')) return 'Deployments will not work here before what failed is mended.';
  const good = 'Good: deployments will work here.';
  if (!has('differs from AWS')) return good;
  const whose = isStandIn
    ? 'is how this stand-in answers, not a fault of yours: deployments understand that answer as well'
    : 'is not what AWS documents: deployments understand that answer as well, and whoever maintains phasegate would like to know';
  return `${good} What "differs from AWS" ${whose}.`;
}
