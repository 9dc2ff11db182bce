import { DateTime } from 'luxon';
import { z } from 'zod';
import { sha256 } from '../../base/digest.ts';
import { safeName } from '../../base/text.ts';
import type { MilestoneStatus } from '../../contract/answers.ts';
import type { DeliveryView, PublishRequest } from '../../contract/delivery.ts';
import type { Notice } from '../../contract/notice.ts';
import type { Publication } from '../../gates/events.ts';
import type { Channel } from '../../plan/channels.ts';
import type { ReviewPart, StandupPart } from '../../plan/reporting.ts';
import type { RecordStore } from '../../store/store.ts';
import { nameOf } from '../notices/deliver.ts';
import { asMarkdown, asText, type Drawn } from './drawn.ts';
import type { Statuses } from './facts.ts';
import { tasksOf } from './facts.ts';
import { drawReview } from './review.ts';
import { type Due, dueNext } from './schedule.ts';
import { drawStandup } from './standup.ts';

/** What is used of the world. */
export interface PublishTools {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly records: RecordStore;
  /** Asks the phase. */
  view(): Promise<DeliveryView>;
  /** Asks a milestone; `undefined` when it does not answer. */
  status(workflowId: string): Promise<MilestoneStatus | undefined>;
  /** Channels by audience, as they are listed now. */
  readonly audiences: { readonly [name: string]: readonly Channel[] };
  /** Delivers to one channel. Throws PermanentError when a person has to mend the channel. */
  deliver(notice: Notice, channel: Channel): Promise<void>;
}

/** `waitMs`: nothing to do until then. */
export type Published = Publication | { readonly none: true } | { readonly waitMs: number; readonly why: string };

/** Longest wait at once: clocks and calendars may change. */
const WAIT_MS = 24 * 3_600_000;
/** First pause after a channel has failed; it doubles up to the last. */
const PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 600_000;

/**
 * Publishes a standup or review that is due. It is drawn once and written to the records with what has become of it, so that an attempt
 * after a crash goes on with the same text and leaves out the channels that have it. A crash between the answer of a channel and that
 * note repeats it there, under the same id.
 */
export async function publish(request: PublishRequest, tools: PublishTools): Promise<Published> {
  const due = dueNext(request, tools.now);
  if (due === undefined) return { none: true };
  const left = due.at - tools.now;
  if (left > 0) return { waitMs: Math.min(left, WAIT_MS), why: `${due.id} is due ${new Date(due.at).toISOString()}` };
  const place = placeOf(request, due.id);
  const kept = (await readKept(request, place, tools)) ?? (await draw(request, due, place, tools));
  return deliverAll(request, due, place, kept, tools);
}

const keptShape = z.object({
  drawnAt: z.number(),
  /** The run of the phase that it tells of. */
  run: z.string(),
  title: z.string(),
  text: z.string(),
  where: z.string(),
  sha256: z.string(),
  told: z.object({ over: z.array(z.string()), words: z.number(), decision: z.number() }),
  /** Channels that have it. */
  done: z.array(z.string()),
  /** Channels that a person has to mend, with the reason. */
  refused: z.array(z.string()),
  tries: z.number(),
});
type Kept = z.output<typeof keptShape>;

/** Path within the records, without the extension. */
function placeOf({ phase }: PublishRequest, id: string): string {
  return `${safeName(phase.workflowId)}/${safeName(phase.firstRunId)}/communication/${id.replaceAll('.', '-')}`;
}

/** What was drawn before a reset tells of what has not happened, and is drawn anew. */
async function readKept(
  { phase, before }: PublishRequest,
  place: string,
  { records }: PublishTools,
): Promise<Kept | undefined> {
  const text = await records.read(`${place}.json`);
  if (text === undefined) return undefined;
  // One that cannot be read is drawn anew.
  try {
    const kept = keptShape.safeParse(JSON.parse(text)).data;
    return kept !== undefined && [phase.runId, before].includes(kept.run) ? kept : undefined;
  } catch {
    return undefined;
  }
}

function keep(records: RecordStore, place: string, kept: Kept): Promise<void> {
  return records.write(`${place}.json`, `${JSON.stringify(kept, undefined, 2)}\n`);
}

async function draw(request: PublishRequest, due: Due, place: string, tools: PublishTools): Promise<Kept> {
  const { records, now } = tools;
  const view = await tools.view();
  const statuses = await statusesOf(view, tools);
  const drawn = drawnOf(request, due, { view, statuses, now });
  const markdown = asMarkdown(drawn, request.phase);
  const over = tasksOf(view, statuses)
    .filter(({ isOver, task }) => isOver && !view.told.includes(task))
    .map(({ task }) => task);
  const where = `${place}.md`;
  await records.write(where, markdown);
  const kept: Kept = {
    ...{
      drawnAt: now,
      run: request.phase.runId,
      title: drawn.title,
      text: asText(drawn),
      where,
      sha256: sha256(markdown),
    },
    told: { over, words: view.known.words, decision: view.known.decision },
    ...{ done: [], refused: [], tries: 0 },
  };
  await keep(records, place, kept);
  return kept;
}

async function statusesOf({ milestones }: DeliveryView, tools: PublishTools): Promise<Statuses> {
  const asked = milestones
    .filter(({ runs }) => runs)
    .map(async ({ number, workflowId }) => [number, await tools.status(workflowId)] as const);
  const known = (await Promise.all(asked)).flatMap(([number, one]) =>
    one === undefined ? [] : [[number, one] as const],
  );
  return Object.fromEntries(known);
}

interface Known {
  readonly view: DeliveryView;
  readonly statuses: Statuses;
  readonly now: number;
}

function drawnOf({ kind, parts, calendar, dayMs, pace }: PublishRequest, due: Due, known: Known): Drawn {
  const zone = calendar?.zone ?? 'UTC';
  const when = (at: number) => `${DateTime.fromMillis(at, { zone }).toFormat('yyyy-MM-dd HH:mm')} ${zone}`;
  const { title, at } = due;
  const { view, statuses, now } = known;
  const drawing = { title, view, statuses, when };
  const drawn =
    kind === 'standup'
      ? drawStandup({ ...drawing, parts: parts as readonly { part: StandupPart; line?: string }[] })
      : drawReview(
          { ...drawing, parts: parts as readonly { part: ReviewPart; line?: string }[] },
          { now, pace, dayMs, calendar },
        );
  return now - at < LATE_MS ? drawn : { ...drawn, lead: `${drawn.lead} It was due ${when(at)}, and no worker ran.` };
}

/** From then on it says that it is late. */
const LATE_MS = 3_600_000;

async function deliverAll(
  { kind, phase, to }: PublishRequest,
  { id, at, isScheduled, patience }: Due,
  place: string,
  before: Kept,
  tools: PublishTools,
): Promise<Published> {
  const { records, audiences, now } = tools;
  const channels = new Map(to.flatMap((name) => audiences[name] ?? []).map((one) => [nameOf(one), one]));
  const { title, text, where, sha256: digest, told } = before;
  const notice: Notice = {
    id: `${phase.firstRunId}-${id}`,
    kind,
    phase: phase.workflowId,
    title: `${phase.workflowId}: ${title}`,
    text,
  };
  let kept = before;
  const failures: string[] = [];
  for (const [name, channel] of channels) {
    if (kept.done.includes(name)) continue;
    try {
      await tools.deliver(notice, channel);
      kept = { ...kept, done: [...kept.done, name] };
    } catch (error) {
      const reason = `${name}: ${error instanceof Error ? error.message : String(error)}`;
      if (!(error instanceof Error) || error.name !== 'PermanentError') {
        failures.push(reason);
        continue;
      }
      kept = { ...kept, done: [...kept.done, name], refused: [...kept.refused, reason] };
    }
    await keep(records, place, kept);
  }
  if (failures.length > 0 && now - kept.drawnAt < patience) {
    await keep(records, place, { ...kept, tries: kept.tries + 1 });
    const waitMs = Math.min(PAUSE_MS * 2 ** Math.min(kept.tries, 10), LONGEST_PAUSE_MS);
    return { waitMs, why: failures.join('; ') };
  }
  return {
    ...{ kind, id, ...(isScheduled ? { due: at } : {}), evidence: { where, sha256: digest }, told },
    reason: to.length === 0 ? `${title}: in the records` : `${title}: in the records, and to ${to.join(', ')}`,
    undelivered: [...kept.refused, ...failures],
  };
}
