import type { CriterionState, DeskItem } from '../gates/model.ts';
import { clipDetails } from './clip.ts';
import type { OpenGate, PhaseState, UnmetCriterion } from './messages.ts';
import type { PhaseRun } from './phase-run.ts';
import { agentDependencyStatus } from './agent-dependencies.ts';
import { gatesInOrder, openGates } from './views.ts';

/** The phase's board, in Markdown, for the Web UI's "User Metadata" tab: first what waits for people, then where it is. */
export function phaseBoard(run: PhaseRun, state: PhaseState): string {
  const { number, title } = run.plan;
  const open = openGates(run).gates;
  const desk = Object.values(run.gates.desk);
  const sections = [
    `## Phase ${number}: ${title} · ${state}`,
    ...open.map(gateSection),
    ...(desk.length === 0 ? [] : [deskSection(desk)]),
    milestoneSection(run),
    gateOverview(run),
    ...dependencySection(run),
    ledgerSection(run),
  ];
  return clipDetails(sections.join('\n\n'));
}

function gateSection(gate: OpenGate): string {
  const heading = `### ${gate.title} (\`${gate.gate}\`) · ${gate.state}, round ${String(gate.round)}`;
  const rows = gate.unmet.map(
    (criterion) => `| ${String(criterion.number)} | ${cell(criterion.text)} | ${needs(criterion)} |`,
  );
  const command = gate.unmet[0]?.command;
  return [
    heading,
    '',
    '| # | Unmet criterion | Needs |',
    '| --- | --- | --- |',
    ...rows,
    ...(command === undefined ? [] : ['', '```', command, '```']),
  ].join('\n');
}

function needs(criterion: UnmetCriterion): string {
  const who = criterion.who.length === 0 ? '' : ` (${criterion.who.join(', ')})`;
  const person = criterion.approval === 'no' ? [] : [`${criterion.role ?? 'approval'}${who}`];
  const checks = criterion.checks.map(
    (check) => `${check.kind} ${check.state}${check.reason === undefined ? '' : `: ${check.reason}`}`,
  );
  return cell([...person, ...checks].join(criterion.approval === 'or' ? ' or ' : ', '));
}

function deskSection(desk: readonly DeskItem[]): string {
  const rows = desk.map((item) => {
    const due =
      item.due === undefined ? '' : `due ${new Date(item.due).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    return `| ${item.task} ${cell(item.title)} | ${item.waits} | ${item.agents.join(', ')} | ${cell(item.reason ?? due)} |`;
  });
  return ['### Desk', '', '| Task | Waits for | Agent | |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function milestoneSection(run: PhaseRun): string {
  const rows = run.plan.milestones.map((milestone) => {
    const { number, title, stage, workflowId } = run.overview(milestone);
    const tasks = milestone.lanes.flatMap((lane) => lane.tasks);
    const over = tasks.filter(({ ref }) => run.outcomes[ref] !== undefined).length;
    return `| ${number} ${cell(title)} | ${stage} | ${String(over)} of ${String(tasks.length)} | ${workflowId} |`;
  });
  return [
    '### Milestones',
    '',
    '| Milestone | Stage | Tasks over | Workflow |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function gateOverview(run: PhaseRun): string {
  const rows = gatesInOrder(run.plan).map(({ id, criteria }) => {
    const gate = run.gate(id);
    const by =
      gate.beforehand === undefined ? metBy(Object.values(gate.criteria)) : `before this phase (${gate.beforehand.by})`;
    return `| ${id} | ${gate.state} | ${String(criteria.length)} | ${cell(by)} |`;
  });
  return ['### Gates', '', '| Gate | State | Criteria | By |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function metBy(criteria: readonly CriterionState[]): string {
  const names = criteria.flatMap((criterion) => [
    ...(criterion.approval === undefined ? [] : [criterion.approval.by]),
    ...(criterion.waiver === undefined ? [] : [`${criterion.waiver.by} (waived)`]),
    ...(criterion.sameAs === undefined ? [] : [`same as ${criterion.sameAs}`]),
    ...(Object.values(criterion.checks).some(({ state }) => state === 'passed') ? ['checks'] : []),
  ]);
  return [...new Set(names)].join(', ');
}

function dependencySection(run: PhaseRun): string[] {
  const rows = agentDependencyStatus(run).map(({ from, to, reason, milestones }) => {
    const states = milestones.map(({ number, met, waitsFor }) =>
      met ? `${number} met` : `${number} waits for ${waitsFor.join(', ')}`,
    );
    return `| ${from} → ${to.join(', ')} | ${states.join('; ')} | ${cell(reason)} |`;
  });
  if (rows.length === 0) return [];
  return [['### Agents', '', '| Dependency | State | |', '| --- | --- | --- |', ...rows].join('\n')];
}

function ledgerSection(run: PhaseRun): string {
  const { recent, length } = run.gates.ledger;
  const lines = recent.slice(-10).map(({ number, what, by, on, code, reason }) => {
    const who = by === undefined ? '' : ` by ${cell(by)}`;
    return `${String(number)}. ${what}${who}${on === undefined ? '' : ` on ${on}`}: ${code}, ${cell(reason)}`;
  });
  return [`### Ledger (${String(length)} entries)`, '', ...lines].join('\n');
}

/** Text of people stands in a table cell; a bar or a line break in it would break the table. */
function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 300);
}
