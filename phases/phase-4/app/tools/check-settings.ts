import { SSMClient } from '@aws-sdk/client-ssm';
import { Settings } from '../src/settings/settings.ts';
import { readParameter } from '../src/settings/sources.ts';
import { runTool, say, variable } from './report.ts';

/** Holds the settings of an environment (SETTINGS_PARAMETER) to this release's schema, before anything is deployed. */
await runTool('check-settings', async () => {
  const name = variable('SETTINGS_PARAMETER');
  await readParameter(new SSMClient({}), name, Settings);
  say(`${name} follows the schema of this release`);
});
