import { UserError } from '../command-line.ts';

/** From the environment and not an option: every user of this machine can read the arguments of a running program. */
export function passphraseFrom(variable: string | undefined): string | undefined {
  if (variable === undefined) return undefined;
  const passphrase = process.env[variable];
  if (passphrase === undefined || passphrase === '') throw new UserError(`The variable ${variable} is not set.`);
  return passphrase;
}
