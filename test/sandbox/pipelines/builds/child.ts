/** A stand-in to be killed: starts one build of each project that its arguments name, prints their ids as JSON, and goes on. */
import { codeBuild } from '../../../../scripts/sandbox/pipelines/builds/operations.ts';

const [stateDir = '', ...projects] = process.argv.slice(2);
const { StartBuild } = codeBuild({ stateDir });
const ids: (string | undefined)[] = [];
for (const projectName of projects) {
  const { build } = (await StartBuild!({ projectName })) as { build: { id?: string } };
  ids.push(build.id);
}
console.log(JSON.stringify(ids));
setInterval(() => undefined, 1_000);
