import { serve } from '../../../scripts/sandbox/pipelines/server.ts';
import { Toy } from './toy.ts';

/**
 * The stand-in on toy providers in a process of its own, for tests that kill it: `process.ts PORT STATE`. It prints `ready URL`, and
 * `began {"action":…}` for each run that it hands to a provider. SIGUSR2 releases the action Ship.
 */
const [port, stateDir = ''] = process.argv.slice(2);
const toy = new Toy();
const server = await serve({
  ...{ port: Number(port), stateDir, rules: [], strict: true },
  providers: toy.providers.map((provider) => ({
    ...provider,
    run: (run, tools) => {
      console.log(`began ${JSON.stringify(run)}`);
      return provider.run(run, tools);
    },
  })),
});
process.on('SIGUSR2', () => void toy.release('Ship'));
console.log(`ready ${server.url}`);
