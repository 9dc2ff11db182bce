import { runSuite } from './program.mjs';

await runSuite('api');
