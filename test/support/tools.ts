import type { ActivityTools, CheckCall, StepCall } from '../../src/contract/kinds.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { RecordStore } from '../../src/store/store.ts';

const phase = { name: 'phase-9', workflowId: 'phase-9', runId: 'run', firstRunId: 'run' };

/** Records that are kept nowhere. */
export function memoryStore(): RecordStore & { readonly files: Map<string, string> } {
  const files = new Map<string, string>();
  const write = (path: string, text: string) => {
    files.set(path, text);
    return Promise.resolve();
  };
  return {
    files,
    location: 'memory',
    write,
    writeOnce: (path, content) =>
      write(path, files.get(path) ?? (typeof content === 'string' ? content : new TextDecoder().decode(content))),
    add: (path, _id, line) => write(path, `${files.get(path) ?? ''}${line}\n`),
    read: (path) => Promise.resolve(files.get(path)),
  };
}

/** Tools of an activity without Temporal; `beats` collects what it showed. */
export function toolsIn(phaseDir: string, more: Partial<ActivityTools> = {}): ActivityTools & { beats: JsonObject[] } {
  const beats: JsonObject[] = [];
  return {
    beats,
    phaseDir,
    records: memoryStore(),
    signal: new AbortController().signal,
    heartbeat: (details) => beats.push(details),
    attempt: 1,
    shown: undefined,
    ask: (query) => Promise.reject(new Error(`this test answers no query ${query}`)),
    log: () => undefined,
    ...more,
  };
}

export function stepCall(kind: string, input: JsonObject, identity = 'run/1/9.1/a1/1'): StepCall {
  return {
    step: { id: '9.1/a1', kind },
    input,
    identity,
    phase,
    task: {
      ref: '9.1/a1',
      title: 'First',
      milestone: '9.1',
      agent: 'Some Agent',
      contributors: [],
      bullets: ['Do it'],
    },
  };
}

export function checkCall(kind: string, input: JsonObject, text = 'It holds'): CheckCall {
  return {
    check: { id: `9.1/exit/1/${kind}`, kind },
    input,
    phase,
    criterion: { id: '9.1/exit/1', text },
    poll: 'no',
  };
}
