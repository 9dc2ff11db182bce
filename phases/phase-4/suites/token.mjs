/**
 * Prints what a `curl` to the orders service of an environment needs.
 *
 *     node token.mjs ENVIRONMENT [REGION]          an access token of the machine client
 *     node token.mjs ENVIRONMENT [REGION] --url    the address of the API
 */
import { machineToken } from './machine.mjs';
import { outputsOf, systemVariables } from './stacks.mjs';

const [environment, region = process.env.AWS_REGION ?? 'eu-west-1'] = process.argv
  .slice(2)
  .filter((one) => !one.startsWith('--'));
try {
  if (environment === undefined) throw new Error('Say the environment, such as testing.');
  if (process.argv.includes('--url')) console.log((await outputsOf(region, environment, 'application')).ApiUrl);
  else console.log(await machineToken(await systemVariables(region, environment)));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
