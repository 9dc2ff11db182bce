import { clipDetails, codeBlock, counted, line } from '../base/text.ts';
import type { MilestoneStatus, PhaseStage, TaskStatus, UnmetCriterion } from '../contract/answers.ts';
import type { CriterionState, GateState } from '../gates/model.ts';
import { second } from '../gates/rules/waits.ts';
import type { PhaseState, ShownPhase } from '../contract/state.ts';
import type { BoardSection } from '../gates/slice.ts';
import { deskSections, sliceSection } from './desk.ts';
import { type ShownGate, shownGates } from './gates.ts';
import { gateOf, isOver, overviews } from './state.ts';
import { agentDependencyStatus, shownIds } from './status.ts';
import { needsInWords, sinceInWords } from './words.ts';

/** How many entries of the ledger the board shows, and how many denials besides. */
const ENTRIES = 10;
const DENIALS = 3;
/** How many steps of one task that were left out. */
const LEFT_OUT = 5;
/** How many waivers of one gate. */
const WAIVERS = 5;

/**
 * The phase's board, in Markdown, for the Web UI's "User Metadata" tab: first what waits for people, then where it is. Lists,
 * because that tab shows tables without any space between their columns.
 *
 * @param slices sections of the phase's slices
 */
const ASSERTED =
  '_Answers of steps and checks are asserted: workers sign none, so anybody who may write to the namespace can give them._';

export function phaseBoard(phase: ShownPhase, stage: PhaseStage, slices: readonly BoardSection[]): string {
  const { identity, state } = phase;
  const { number, title } = state.plan;
  const open = shownGates(state.gates, identity.workflowId);
  const sections = [
    `## Phase ${number}: ${title} · ${stage}`,
    ...(state.workers === undefined ? [ASSERTED] : []),
    ...open.map(gateSection),
    ...deskSections(state.gates, identity.workflowId),
    ...slices.map((section) => sliceSection(section, identity.workflowId)),
    milestoneSection(phase),
    gateOverview(state),
    ...dependencySection(state),
    ledgerSection(state),
  ];
  return clipDetails(sections.join('\n\n'));
}

function gateSection(gate: ShownGate): string {
  const { command, rejection, stuck, override, release } = gate;
  const waivers = gate.unmet.flatMap((criterion) => criterion.waiver ?? []).slice(0, WAIVERS);
  const commands = [command, stuck === undefined ? undefined : override?.command, release, ...waivers].filter(
    (one) => one !== undefined,
  );
  const again =
    rejection === undefined || rejection.rework.length === 0 ? '' : `; to do again: ${rejection.rework.join(', ')}`;
  const why =
    rejection === undefined ? [] : [`Rejected by ${line(rejection.by)}: ${line(rejection.reason)}${again}`, ''];
  return [
    `### ${gate.title} (\`${gate.gate}\`) · ${gate.state}, round ${String(gate.round)}`,
    '',
    ...why,
    ...timeLines(gate),
    ...(stuck === undefined ? [] : [`**${line(stuck)}**`, '']),
    ...gate.unmet.map((criterion) => unmetLine(gate, criterion)),
    ...gate.met.map(
      ({ number, text, how, since }) => `- ${String(number)} ${line(text)}: ${line(how)}${sinceInWords(since)}`,
    ),
    ...codeBlock(commands),
  ].join('\n');
}

function unmetLine({ openedAt }: ShownGate, criterion: UnmetCriterion): string {
  const { number, text, since } = criterion;
  const fallen = since === openedAt ? '' : sinceInWords(since);
  return `- **${String(number)} ${line(text)}**${fallen}: ${line(needsInWords(criterion))}`;
}

/** A rejected gate is open no more, and no time changes anything about it. */
function timeLines({ state, openedAt, deadline, waits }: ShownGate): string[] {
  if (state === 'rejected') return [];
  const times = [
    ...(openedAt === undefined ? [] : [`open since ${second(openedAt)}`]),
    ...(deadline === undefined ? [] : [`deadline ${second(deadline)}`]),
    ...waits,
  ];
  return times.length === 0 ? [] : [line(times.join(' · ')), ''];
}

function milestoneSection(phase: ShownPhase): string {
  const { milestones } = phase.state.plan;
  const items = overviews(phase).map(({ number, title, stage, workflowId }) => {
    const lanes = milestones.find((milestone) => milestone.number === number)?.lanes ?? [];
    const tasks = lanes.flatMap((lane) => lane.tasks);
    const over = tasks.filter(({ ref }) => isOver(phase.state, ref)).length;
    return `- **${number} ${line(title)}** · ${stage} · ${String(over)} of ${counted(tasks.length, 'task')} over · \`${workflowId}\``;
  });
  return ['### Milestones', '', ...items].join('\n');
}

function gateOverview(state: PhaseState): string {
  const items = shownIds(state).map((id) => {
    const gate = gateOf(state, id);
    const { criteria } = gate.gate;
    const by = clearedBy(gate);
    const count = counted(criteria.length, 'criterion', 'criteria');
    return `- \`${id}\` · ${gate.state} · ${count}${by === '' ? '' : ` · ${line(by)}`}`;
  });
  return ['### Gates', '', ...items].join('\n');
}

function clearedBy({ beforehand, override, criteria }: GateState): string {
  if (beforehand !== undefined) return `before this phase (${beforehand.by})`;
  return override === undefined ? metBy(Object.values(criteria)) : `overridden by ${override.by}`;
}

function metBy(criteria: readonly CriterionState[]): string {
  const names = criteria.flatMap((criterion) => [
    ...criterion.votes.map(({ by }) => by),
    ...(criterion.waiver === undefined ? [] : [`${criterion.waiver.by} (waived)`]),
    ...(criterion.sameAs === undefined ? [] : [`same as ${criterion.sameAs}`]),
    ...(Object.values(criterion.checks).some(({ state }) => state === 'passed') ? ['checks'] : []),
  ]);
  return [...new Set(names)].join(', ');
}

function dependencySection(state: PhaseState): string[] {
  const items = agentDependencyStatus(state).map(({ from, to, milestones }) => {
    const states = milestones.map(({ number, met, waitsFor }) =>
      met ? `${number} met` : `${number} waits for ${waitsFor.join(', ')}`,
    );
    return `- **${from} → ${to.join(', ')}**: ${states.join('; ')}`;
  });
  return items.length === 0 ? [] : [['### Agents', '', ...items].join('\n')];
}

function ledgerSection({ gates }: PhaseState): string {
  const { recent, length } = gates.ledger;
  // A denial stays on the board for longer than a decision that took effect.
  const denied = recent.filter(({ code }) => code === 'DENIED' || code === 'UNVERIFIED').slice(-DENIALS);
  const last = recent.slice(-ENTRIES);
  const items = [...denied.filter((entry) => !last.includes(entry)), ...last].map(
    ({ number, what, by, on, code, reason }) => {
      const who = by === undefined ? '' : ` by ${line(by)}`;
      return `- ${String(number)} · ${line(what)}${who}${on === undefined ? '' : ` on ${on}`} · ${code} · ${line(reason)}`;
    },
  );
  return [`### Ledger (${counted(length, 'entry', 'entries')})`, '', ...items].join('\n');
}

/** The milestone's board, in Markdown, for the Web UI's "User Metadata" tab. */
export function milestoneBoard(status: MilestoneStatus): string {
  const lanes = status.lanes.map(
    (lane) => `### ${lane.title}${lane.agent === '' ? '' : ` · ${lane.agent}`}\n\n${lane.tasks.map(item).join('\n')}\n`,
  );
  return clipDetails(`## Milestone ${status.milestone}: ${status.title}\n\n${lanes.join('\n')}`);
}

function item(task: TaskStatus): string {
  const said = [remark(task), leftOut(task)].filter((part) => part !== '');
  return [`- **${task.task} ${task.title}** · ${task.state}`, ...said].join(' · ');
}

/** Steps that its last round has left out; only the first few are named. */
function leftOut({ steps }: TaskStatus): string {
  const skipped = steps.filter(({ state }) => state === 'skipped').map(({ id, label }) => line(label) || id);
  const more = skipped.length > LEFT_OUT ? ` and ${String(skipped.length - LEFT_OUT)} more` : '';
  return skipped.length === 0 ? '' : `left out of its last round: ${skipped.slice(0, LEFT_OUT).join(', ')}${more}`;
}

function remark(task: TaskStatus): string {
  if (task.held !== undefined) return task.held.replace(/\s+/g, ' ');
  if (task.reason !== undefined) return task.reason.replace(/\s+/g, ' ');
  if (task.waitsFor.length > 0) return `waits for ${task.waitsFor.join(', ')}`;
  return task.due === undefined || task.endedAt !== undefined
    ? ''
    : `due ${task.due.slice(0, 16).replace('T', ' ')} UTC`;
}
