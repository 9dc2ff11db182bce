import {
  DescribeChangeSetCommand,
  type Change,
  type DescribeChangeSetCommandOutput,
} from '@aws-sdk/client-cloudformation';
import { NESTED_STACK } from './events.ts';
import type { StackAddress } from './stack.ts';

/** What a change set would do to one resource. */
export interface ResourceChange {
  /** Logical id; of a resource in a nested stack with the ids that lead to it: `Storage/Bucket`. */
  readonly resource: string;
  /** `AWS::S3::Bucket` */
  readonly type: string;
  /** `Add`, `Modify`, `Remove`, `Import`; `Dynamic` where CloudFormation cannot tell beforehand. */
  readonly action: string;
  /** `True`, `False` or `Conditional`; absent for what is not modified. */
  readonly replacement?: string;
  /** What becomes of the old one: `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete`, `ReplaceAndRetain`, … */
  readonly policyAction?: string;
  readonly physicalId?: string;
  /** Properties that are changed. */
  readonly properties: readonly string[];
  /** Properties before and after as JSON, as far as CloudFormation shows them. For people; they may be large. */
  readonly before?: string;
  readonly after?: string;
}

/** In words only, CloudFormation admits that it has left rows out. */
const INCOMPLETE = 'incomplete ChangeSet data';

/**
 * Reads a change set whole: every page, and the change sets of nested stacks. CloudFormation may leave rows out when it is asked
 * for values; then it is asked again without, and the rows are joined.
 */
export async function readChanges(address: StackAddress, changeSetId: string, path = ''): Promise<ResourceChange[]> {
  const { rows, isIncomplete } = await readRows(address, changeSetId, true);
  const known = new Map(rows.map((row) => [row.ResourceChange?.LogicalResourceId, row]));
  const all = isIncomplete
    ? (await readRows(address, changeSetId, false)).rows.map(
        (row) => known.get(row.ResourceChange?.LogicalResourceId) ?? row,
      )
    : rows;
  const changes: ResourceChange[] = [];
  for (const row of all) {
    const nested = row.ResourceChange?.ChangeSetId;
    const change = changeOf(row, path);
    // What becomes of the resources within is not told.
    const isUntold = change.type === NESTED_STACK && change.action === 'Modify' && nested === undefined;
    changes.push(isUntold ? { ...change, action: 'Dynamic' } : change);
    if (nested !== undefined) changes.push(...(await readChanges(address, nested, `${change.resource}/`)));
  }
  return changes;
}

/** Ids of the change sets of nested stacks, by the logical ids of these. */
export async function nestedChangeSets(
  address: StackAddress,
  changeSetId: string,
): Promise<readonly (readonly [resource: string, id: string])[]> {
  const { rows } = await readRows(address, changeSetId, false);
  return rows.flatMap(({ ResourceChange: { LogicalResourceId = '', ChangeSetId } = {} }) =>
    ChangeSetId === undefined ? [] : [[LogicalResourceId, ChangeSetId] as const],
  );
}

async function readRows(
  { client, signal }: StackAddress,
  ChangeSetName: string,
  IncludePropertyValues: boolean,
): Promise<{ rows: Change[]; isIncomplete: boolean }> {
  const rows: Change[] = [];
  let isIncomplete = false;
  let NextToken: string | undefined;
  do {
    const command = new DescribeChangeSetCommand({ ChangeSetName, IncludePropertyValues, NextToken });
    const answer: DescribeChangeSetCommandOutput = await client.send(command, { abortSignal: signal });
    rows.push(...(answer.Changes ?? []));
    isIncomplete ||= answer.StatusReason?.includes(INCOMPLETE) === true;
    NextToken = answer.NextToken === '' ? undefined : answer.NextToken;
  } while (NextToken !== undefined);
  return { rows, isIncomplete };
}

function changeOf({ ResourceChange = {} }: Change, path: string): ResourceChange {
  const { LogicalResourceId = '', ResourceType = '', Action = 'Dynamic', Details = [] } = ResourceChange;
  const { Replacement, PolicyAction, PhysicalResourceId, BeforeContext, AfterContext } = ResourceChange;
  const properties = Details.flatMap(({ Target }) => Target?.Name ?? Target?.Attribute ?? []);
  return {
    resource: `${path}${LogicalResourceId}`,
    type: ResourceType,
    action: Action,
    ...(Replacement === undefined ? {} : { replacement: Replacement }),
    ...(PolicyAction === undefined ? {} : { policyAction: PolicyAction }),
    ...(PhysicalResourceId === undefined ? {} : { physicalId: PhysicalResourceId }),
    properties: [...new Set(properties)].sort(),
    ...(BeforeContext === undefined ? {} : { before: BeforeContext }),
    ...(AfterContext === undefined ? {} : { after: AfterContext }),
  };
}
