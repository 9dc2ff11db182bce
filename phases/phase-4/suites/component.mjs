import { runSuite } from './program.mjs';

await runSuite('component');
