import { stopOwnServers, stopServers } from './servers.ts';

/** Mocha's root hooks. */
export const mochaHooks = {
  async afterEach(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopOwnServers();
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopServers();
  },
};
