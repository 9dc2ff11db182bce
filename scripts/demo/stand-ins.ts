/** What the sandbox's launcher has added to the emulator, and how real it is: "kept by …; no traffic is filtered". */
export interface StandIn {
  readonly type: string;
  readonly reality: string;
}

/** Asks the emulator itself, so that the list cannot fall behind it. */
export async function standIns(emulatorUrl: string): Promise<StandIn[]> {
  const response = await fetch(`${emulatorUrl}/_phasegate/standins`);
  return (await response.json()) as StandIn[];
}
