import assert from 'node:assert/strict';
import { findReport, writeReport } from '../../src/store/documents.ts';
import { memoryStore } from '../support/tools.ts';

const phase = { workflowId: 'phase-9', firstRunId: 'run' };
const about = { verdict: 'fine', good: true };

function filesIn(records: ReturnType<typeof memoryStore>): string[] {
  return [...records.files.keys()].map((path) => path.replace('phase-9/run/reports/', '')).toSorted();
}

describe('versions of a document', () => {
  it('are counted where its text has changed, each with what has changed', async () => {
    const records = memoryStore();
    const write = (text: string) => writeReport(records, phase, 'issue-log', { text, ...about });
    const first = await write('# Log\n\n| a |\n| b |\n');
    assert.deepEqual(await write('# Log\n\n| a |\n| b |\n'), first, 'the same text is the same version');
    const second = await write('# Log\n\n| b |\n| a |\n| c |\n');
    const third = await write('# Log\n\n| a |\n| b |\n');
    assert.deepEqual([first.version, second.version, third.version], [1, 2, 3]);
    assert.equal(third.where, first.where, 'a document has the name of its content');
    assert.deepEqual(await findReport(records, phase, 'issue-log'), third);
    const versions = filesIn(records).filter((file) => file.startsWith('versions/'));
    assert.equal(versions.length, 3);
    const changes = versions.map((file) => records.files.get(`phase-9/run/reports/${file}`) ?? '');
    assert.match(changes[0] ?? '', /The first version\./);
    // What has only moved has not changed.
    assert.match(changes[1] ?? '', /```diff\n\+ \| c \|\n```/);
    assert.match(changes[2] ?? '', /```diff\n- \| c \|\n```/);
    assert.match(changes[1] ?? '', new RegExp(`Since version 1, ${first.where}, SHA-256 \`${first.sha256}\``));
  });

  it('are the same when writing one was interrupted, wherever that was', async () => {
    const whole = memoryStore();
    const texts = ['one\n', 'two\n'] as const;
    for (const text of texts) await writeReport(whole, phase, 'issue-log', { text, ...about });
    for (let uses = 0; uses < 6; uses += 1) {
      const records = memoryStore();
      let left = uses;
      const used = <T>(action: () => Promise<T>) => ((left -= 1) < 0 ? Promise.reject(new Error('killed')) : action());
      const dying = {
        ...records,
        write: (path: string, text: string) => used(() => records.write(path, text)),
        writeOnce: (path: string, text: string | Uint8Array) => used(() => records.writeOnce(path, text)),
      };
      await writeReport(records, phase, 'issue-log', { text: texts[0], ...about });
      await writeReport(dying, phase, 'issue-log', { text: texts[1], ...about }).catch(() => undefined);
      await writeReport(records, phase, 'issue-log', { text: texts[1], ...about });
      assert.deepEqual(records.files, whole.files);
    }
  });

  it('list a part of what has changed where that is much', async () => {
    const records = memoryStore();
    const rows = Array.from({ length: 500 }, (_, index) => `| row ${String(index)} |`).join('\n');
    await writeReport(records, phase, 'test-cases', { text: 'none\n', ...about });
    await writeReport(records, phase, 'test-cases', { text: `${rows}\n`, ...about });
    const [changes = ''] = [...records.files].flatMap(([path, text]) =>
      path.includes('/test-cases-2-') ? [text] : [],
    );
    assert.match(changes, /^\+ and 300 more lines$/m);
  });
});
