import { runSuite } from './program.mjs';

await runSuite('auth');
