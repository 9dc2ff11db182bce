/** A resource type that the emulator or the sandbox's launcher imitates. */
export interface StandIn {
  readonly type: string;
  /** `recorded`: kept as written, and nothing comes of it; `emulated`: it has an effect. */
  readonly reality: string;
  /** The part of the real thing that is missing; `null` where nothing is. */
  readonly missing: string | null;
}

/** Asks the emulator itself, so that the list cannot fall behind it. */
export async function standIns(emulatorUrl: string): Promise<StandIn[]> {
  const response = await fetch(`${emulatorUrl}/_phasegate/standins`);
  return (await response.json()) as StandIn[];
}

/** The types that are not as on AWS, one a line. */
export function standInList(added: readonly StandIn[]): string {
  const width = Math.max(0, ...added.map(({ type }) => type.length));
  const lines = added.map(({ type, reality, missing }) => `  ${type.padEnd(width)}  ${missing ?? reality}`);
  return ['Stand-ins, which are not as on AWS:', ...lines].join('\n');
}
