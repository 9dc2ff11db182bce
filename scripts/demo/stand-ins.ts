/** What the emulator and the sandbox's launcher only imitate: "recorded" or "emulated", and what is missing of the real thing. */
export interface StandIn {
  readonly type: string;
  readonly reality: string;
  /** `null` where nothing is. */
  readonly missing: string | null;
}

/** Asks the emulator itself, so that the list cannot fall behind it. */
export async function standIns(emulatorUrl: string): Promise<StandIn[]> {
  const response = await fetch(`${emulatorUrl}/_phasegate/standins`);
  return (await response.json()) as StandIn[];
}
