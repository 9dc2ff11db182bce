/**
 * Verifies that every environment holds what a criterion speaks of, by asking CloudFormation.
 *
 *     node verify.mjs access|monitoring REGION < brief.json
 *
 * The brief is the one that every command gets; docs/deployments.md describes it. Exit 0 when all is there, 1 with the shortfalls when
 * it is not, 2 when it could not be found out.
 */
import { text } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { expectations } from './expectations.mjs';

const [subject, region] = process.argv.slice(2);
const expected = expectations[subject];
if (expected === undefined || region === undefined) {
  stop(2, `Say what to verify (${Object.keys(expectations).join(' or ')}) and in which region.`);
}

const { phase, input } = JSON.parse(await text(process.stdin));
const client = new CloudFormationClient({ region });
const found = await Promise.all(input.environments.map(shortfallsOf)).catch((error) =>
  stop(2, `CloudFormation could not be asked: ${error.message}`),
);

const shortfalls = found.flat();
if (shortfalls.length > 0) stop(1, shortfalls.join('; '));
stop(0, `${subject}: ${Object.keys(expected).join(', ')} complete in ${input.environments.join(', ')}`);

async function shortfallsOf(environment) {
  const found = await Promise.all(
    Object.entries(expected).map(async ([stack, types]) => {
      const name = `${phase.name}-${environment}-${stack}`;
      return compare(name, types, await resourcesOf(name));
    }),
  );
  return found.flat();
}

/** `undefined` when there is no such stack. */
async function resourcesOf(name) {
  try {
    return (await client.send(new DescribeStackResourcesCommand({ StackName: name }))).StackResources ?? [];
  } catch (error) {
    // CloudFormation has no error of its own for a stack that is not there.
    if (error.name === 'ValidationError' && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

function compare(stack, types, resources) {
  if (resources === undefined) return [`${stack} does not exist`];
  return Object.entries(types).flatMap(([type, wanted]) => {
    const complete = resources.filter(
      ({ ResourceType, ResourceStatus }) => ResourceType === type && /^(CREATE|UPDATE)_COMPLETE$/.test(ResourceStatus),
    );
    return complete.length >= wanted ? [] : [`${stack} has ${complete.length} of ${wanted} ${type}`];
  });
}

function stop(code, line) {
  console.log(line);
  process.exit(code);
}
