import { CancellationScope, condition, isCancellation, workflowInfo } from '@temporalio/workflow';
import { communicationOf } from '../../activities/slices.ts';
import type { PublishRequest } from '../../contract/delivery.ts';
import { DAY_LENGTH, dayLengthMs } from '../../contract/inputs.ts';
import type { KeptDocument, Reporting } from '../../plan/model.ts';
import { publishActivities, runStepActivity } from '../temporal/activities.ts';
import { rootMessage } from '../temporal/failure.ts';
import type { PhaseRun } from './run.ts';
import type { Start } from './start.ts';

type Kind = PublishRequest['kind'];
const kinds = ['standup', 'review'] as const satisfies readonly Kind[];

/** Where plan days are shorter than real ones, several of them share one standup, so that there is one in a minute at most. */
const LEAST_MS = 60_000;
/** A week of the plan. */
const WEEK = 5;

/** How long an ended phase waits for what is still being published. */
const PATIENCE = '10 seconds';

/** Carries the communication plan out for as long as the phase runs. Nothing waits for it. */
export class Reporter {
  private readonly run: PhaseRun;
  private readonly start: Start;
  /** Ids of what is being published that was asked for. */
  private readonly publishing = new Set<string>();
  /** Everything that is being published or waited for, and the scope that it is in. */
  private scope = new CancellationScope({ cancellable: true });
  private readonly under = new Set<Promise<unknown>>();
  /** What each document was drawn from last. */
  private readonly drawn = new Map<string, readonly unknown[]>();
  private readonly writing = new Set<string>();
  /** Those for which there was an occasion while they were being written. */
  private readonly missed = new Set<string>();

  constructor(run: PhaseRun, start: Start) {
    this.run = run;
    this.start = start;
  }

  keep(): void {
    const { reporting } = this.run.plan;
    if (reporting === undefined) return;
    void CancellationScope.nonCancellable(async () => {
      this.keepCalendars(reporting);
      if (reporting.documents.length > 0) void this.keepDocuments(reporting);
      await this.keepAsked(reporting);
    });
  }

  /**
   * Stops before the phase continues as new: an attempt that goes on for the run before would publish beside the one of the next run.
   * Returns when nothing is under way any more; what was published meanwhile is known then.
   */
  async stop(): Promise<void> {
    this.scope.cancel();
    await CancellationScope.nonCancellable(async () => {
      await Promise.allSettled([...this.under]);
    });
  }

  /** Goes on, because the phase does not continue as new after all. */
  resume(): void {
    const { reporting } = this.run.plan;
    if (reporting === undefined) return;
    this.scope = new CancellationScope({ cancellable: true });
    void CancellationScope.nonCancellable(async () => {
      this.keepCalendars(reporting);
    });
  }

  private keepCalendars(reporting: Reporting): void {
    for (const kind of kinds) if (meetingOf(reporting, kind) !== undefined) void this.keepCalendar(reporting, kind);
  }

  /** Waits a little for what is being published when the phase ends. */
  async last(): Promise<void> {
    const isDone = () => this.publishing.size + this.asked.length + this.writing.size === 0;
    if (isDone()) return;
    await CancellationScope.nonCancellable(() => condition(isDone, PATIENCE, { summary: 'last standups and reviews' }));
  }

  private get asked() {
    return communicationOf(this.run.gates)?.asked ?? [];
  }

  /** One after the other: an activity that waits until the next one is due costs six events of the history, however long that is. */
  private async keepCalendar(reporting: Reporting, kind: Kind): Promise<void> {
    for (;;) {
      const when = this.nextOf(reporting, kind);
      if (when === undefined) return;
      const hasMore = await this.publish(reporting, kind, when, `next ${kind}`);
      if (!hasMore) return;
    }
  }

  private nextOf(reporting: Reporting, kind: Kind): PublishRequest['when'] | undefined {
    const known = communicationOf(this.run.gates);
    if (known === undefined) return undefined;
    const { pace, dayMs } = this.start;
    const after = known.last[kind];
    if (pace === 'planned' && dayMs !== dayLengthMs(DAY_LENGTH)) {
      const length = kind === 'standup' ? 1 : WEEK;
      return { after, began: known.began, every: length * Math.ceil(LEAST_MS / (length * dayMs)) };
    }
    const { at = '', on } = kind === 'review' ? { ...reporting.reviews } : { ...reporting.standups, on: undefined };
    return { after, at, ...(on === undefined ? {} : { on }) };
  }

  private async keepAsked(reporting: Reporting): Promise<void> {
    for (;;) {
      const isNew = ({ id }: { readonly id: string }) => !this.publishing.has(id) && !this.scope.consideredCancelled;
      await condition(() => this.asked.some(isNew));
      for (const { kind, id, at, by } of this.asked.filter(isNew)) {
        this.publishing.add(id);
        const when = { id, at, ...(by === undefined ? {} : { by }) };
        const { scope } = this;
        // One that has failed for good is not taken again in this run: it would fail again at once.
        void this.publish(reporting, kind, when, id).then((isPublished) => {
          if (isPublished || scope.consideredCancelled) this.publishing.delete(id);
        });
      }
    }
  }

  /** @returns false when there are no more, or it was stopped */
  private async publish(
    reporting: Reporting,
    kind: Kind,
    when: PublishRequest['when'],
    summary: string,
  ): Promise<boolean> {
    const meeting = meetingOf(reporting, kind);
    const { run, start } = this;
    const { calendar, audiences } = reporting;
    const { parts = [], to = [] } = meeting ?? {};
    const { continuedFromExecutionRunId: before } = workflowInfo();
    const request: PublishRequest = {
      ...{ phase: run.identity, kind, parts, to, audiences, when, pace: start.pace, dayMs: start.dayMs },
      ...(calendar === undefined ? {} : { calendar }),
      ...(before === undefined ? {} : { before }),
    };
    const { scope } = this;
    const published = scope
      .run(() => publishActivities(summary).publish(request))
      .then((result) => {
        run.clock.set();
        if ('none' in result) return false;
        run.apply({ type: 'published', ...result });
        return true;
      });
    this.under.add(published);
    try {
      return await published;
    } catch (error) {
      run.clock.set();
      // An attempt that is cancelled may end in any way: the server does not repeat it, and passes on how it has ended.
      if (scope.consideredCancelled || isCancellation(error)) return false;
      run.apply({ type: 'note', what: `${kind} not published`, on: summary, reason: rootMessage(error) });
      return false;
    } finally {
      this.under.delete(published);
    }
  }

  /** Documents are written anew with every standup and review, and when a milestone is done: those whose subject has changed. */
  private async keepDocuments(reporting: Reporting): Promise<void> {
    const occasions = () => {
      const { latest = {} } = communicationOf(this.run.gates) ?? {};
      const done = this.run.plan.milestones.filter(({ number }) => this.run.stage(number) === 'done').length;
      return `${String(done)} ${latest.standup ?? ''} ${latest.review ?? ''}`;
    };
    for (let seen = occasions(); ;) {
      await condition(() => occasions() !== seen);
      seen = occasions();
      for (const document of reporting.documents) this.renew(document);
    }
  }

  /** @param isAgain it has been written just now, of a subject that has changed meanwhile: another change waits for the next occasion */
  private renew(document: KeptDocument, isAgain = false): void {
    const { id } = document.step;
    if (this.writing.has(id)) {
      this.missed.add(id);
      return;
    }
    const subject = this.subjectOf(document);
    if (isSame(subject, this.drawn.get(id))) return;
    this.drawn.set(id, subject);
    this.writing.add(id);
    void this.write(document).finally(() => {
      this.writing.delete(id);
      const hasChanged = subject.length > 0 && !isSame(subject, this.subjectOf(document));
      if (this.missed.delete(id)) this.renew(document);
      else if (hasChanged && !isAgain) this.renew(document, true);
    });
  }

  /** A slice replaces its state when it changes. */
  private subjectOf({ drawnFrom }: KeptDocument): readonly unknown[] {
    const { state, gates } = this.run;
    return drawnFrom.map((name) => (name === 'outputs' ? state.outputs : gates.slices[name]));
  }

  private async write({ step, line }: KeptDocument): Promise<void> {
    const { run } = this;
    const { taskQueue, firstExecutionRunId } = workflowInfo();
    const { id, kind, input, label, profile } = step;
    try {
      const brief = { ref: id, title: line, milestone: '', agent: '', contributors: [], bullets: [line] };
      const identity = `${firstExecutionRunId}/${id}`;
      const call = { step: { id, kind }, input, identity, phase: run.identity, task: brief };
      const { evidence = [], note = label } = await runStepActivity(call, { profile, summary: label, taskQueue });
      run.clock.set();
      const [written] = evidence;
      run.apply({
        ...{ type: 'published', kind: 'document', id, reason: note, undelivered: [] },
        ...(written === undefined ? {} : { evidence: written }),
      });
    } catch (error) {
      run.clock.set();
      this.drawn.delete(id);
      run.apply({ type: 'note', what: 'document not written', on: id, reason: rootMessage(error) });
    }
  }
}

function meetingOf({ standups, reviews }: Reporting, kind: Kind) {
  return kind === 'standup' ? standups : reviews;
}

/** Whether it is known to be the same; what is drawn from everything never is. */
function isSame(subject: readonly unknown[], before: readonly unknown[] | undefined): boolean {
  return subject.length > 0 && before !== undefined && subject.every((one, index) => one === before[index]);
}
