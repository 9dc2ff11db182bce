import { execFile } from 'node:child_process';
import { isSignedBy } from '../../base/ed25519.ts';
import type { Sealer } from './sealer.ts';

/** Milliseconds that the program may take for one answer; a local activity has ten seconds. */
const TIME_LIMIT = 8_000;
/** Programs that run at a time; further answers wait. */
const TOGETHER = 8;

/**
 * A signer whose private key stays in a KMS or an HSM. `PROGRAM public-key` prints the public key, and `PROGRAM sign` the Ed25519 signature
 * of the text on its standard input; both in base64 or base64url.
 *
 * @throws Error when the program does not sign as it says
 */
export async function programSealer(program: string): Promise<Sealer> {
  const key = await printed(program, 'public-key', '', 32);
  const inTurn = limited(TOGETHER);
  const sign = (text: string) => inTurn(() => printed(program, 'sign', text, 64));
  const trial = 'phasegate-trial/1';
  if (!isSignedBy(key, trial, await sign(trial))) {
    throw new Error(`${program}: what "sign" prints is no Ed25519 signature by the key that "public-key" prints`);
  }
  return { key, sign };
}

/** @returns what the program has printed, as base64url */
function printed(program: string, argument: string, input: string, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const running = execFile(
      program,
      [argument],
      { timeout: TIME_LIMIT, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 },
      (error, stdout) => {
        // The error of Node holds all that the program has printed.
        if (error !== null)
          reject(new Error(`${program} ${argument} has failed (${String(error.code ?? error.signal)})`));
        const read = Buffer.from(stdout.trim(), 'base64');
        if (read.length === bytes) resolve(read.toString('base64url'));
        else reject(new Error(`${program} ${argument} does not print ${String(bytes)} bytes in base64`));
      },
    );
    // It may end without having read.
    running.stdin?.on('error', () => undefined);
    running.stdin?.end(input);
  });
}

function limited(most: number): <T>(action: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (action) => {
    // Whoever ends hands its place over, so that nobody else takes it meanwhile.
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
