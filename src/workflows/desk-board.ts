import type { GatesState } from '../gates/model.ts';
import { second } from '../gates/waits.ts';
import { codeBlock, line } from './clip.ts';
import { deskInWords, shownDesk } from './desk-view.ts';
import { shownHolds, shownProgress } from './views.ts';

/** Of the desk with its commands, of which a phase of hundreds of tasks has more than a board holds. */
const DESK_CHARACTERS = 8_000;
/** How many notes on progress it shows, and how many holds. */
const NOTES = 15;
const HOLDS = 10;

/** What the board says of tasks: what waits for people, what they have said of progress, what is held. */
export function deskSections(gates: GatesState, workflowId: string): string[] {
  return [...deskSection(gates, workflowId), ...progressSection(gates), ...holdSection(gates, workflowId)];
}

/** Every item with its commands, as far as there is room: details are cut at 20,000 characters, and more stands below. */
function deskSection(gates: GatesState, workflowId: string): string[] {
  const desk = shownDesk(gates, workflowId);
  if (desk.length === 0) return [];
  const items: string[] = [];
  const commands: string[] = [];
  let left = DESK_CHARACTERS;
  for (const entry of desk) {
    const item = `- **${entry.task} ${line(entry.title)}** · ${line(deskInWords(entry, gates.people === null))}`;
    const mine = [entry.command, entry.skip].filter((one) => one !== undefined);
    left -= [item, ...mine].reduce((sum, { length }) => sum + length + 1, 0);
    if (left < 0) break;
    items.push(item);
    commands.push(...mine);
  }
  const more = desk.length - items.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} more, in the \`status\` query`];
  return [['### Desk', '', ...items, ...rest, ...codeBlock(commands)].join('\n')];
}

function progressSection(gates: GatesState): string[] {
  const notes = shownProgress(gates);
  if (notes.length === 0) return [];
  const items = notes
    .slice(0, NOTES)
    .map(({ task, by, at, note }) => `- **${task}** · ${line(by)}, ${second(at)} · ${line(note)}`);
  const more = notes.length - items.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} older, in the \`status\` query`];
  return [['### Progress', '', ...items, ...rest].join('\n')];
}

function holdSection(gates: GatesState, workflowId: string): string[] {
  const holds = Object.entries(shownHolds(gates, workflowId));
  if (holds.length === 0) return [];
  const shown = holds.slice(0, HOLDS);
  const items = shown.map(
    ([on, { by, at, reason }]) => `- **${on}** · by ${line(by)} since ${second(at)} · ${line(reason)}`,
  );
  const more = holds.length - shown.length;
  const rest = more === 0 ? [] : [`- and ${String(more)} more, in the \`status\` query`];
  const commands = shown.flatMap(([, { release }]) => release ?? []);
  return [['### Held', '', ...items, ...rest, ...codeBlock(commands)].join('\n')];
}
