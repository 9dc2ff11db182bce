import { runSuite } from './program.mjs';

await runSuite('services');
