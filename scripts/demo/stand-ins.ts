/** Resource types that the emulator only records: they exist for CloudFormation and nowhere else. */
export async function standIns(emulatorUrl: string): Promise<string[]> {
  const response = await fetch(`${emulatorUrl}/_phasegate/standins`);
  const added = (await response.json()) as { type: string; reality: string }[];
  return added.filter(({ reality }) => reality === "recorded").map(({ type }) => type);
}
