import { stopServers } from './servers.ts';

/** Mocha's root hooks. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopServers();
  },
};
