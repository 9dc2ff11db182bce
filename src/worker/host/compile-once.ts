/** A process that compiles what it is sent, once, and ends. Its parent, `refuseSlow`, learns whether it took longer than it may. */
import { runInNewContext } from 'node:vm';
import { kinds } from '../../activities/registry.ts';
import type { CompileOnce } from './slow-texts.ts';
import { compileSources } from './sources.ts';

process.once('message', ({ name, sources, limit }: CompileOnce) => {
  // It stops by itself, also where its parent has ended meanwhile.
  runInNewContext('compile()', { compile: () => void compileSources(name, sources, kinds) }, { timeout: limit });
});
