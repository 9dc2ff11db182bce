import { replayServer } from './replay.ts';
import { stopOwnServers, stopServers } from './servers.ts';

/** Mocha's root hooks. */
export const mochaHooks = {
  async afterEach(this: Mocha.Context): Promise<void> {
    this.timeout(180_000);
    await stopOwnServers((address, hasKills) => replayServer(address, { isStrict: !hasKills }));
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await stopServers();
  },
};
