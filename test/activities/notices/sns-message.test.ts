import assert from 'node:assert/strict';
import fc from 'fast-check';
import { snsMessage } from '../../../src/activities/notices/sns.ts';
import { notice } from './fixture.ts';

const subject = (title: string) => snsMessage(notice({ title })).Subject;

describe('a notice for SNS', () => {
  it('holds title, text, command and link', () => {
    const { Message } = snsMessage(notice({ command: 'npm run approve', link: 'http://localhost:8233' }));
    assert.equal(
      Message,
      'Gate 4.1/exit waits for approval\n\nTwo criteria are unmet.\n\nnpm run approve\n\nhttp://localhost:8233',
    );
  });

  it('links to the page on which the gate is decided', () => {
    const decide = { approve: 'https://phasegate.example.com/gate?a', reject: 'https://phasegate.example.com/gate?r' };
    assert.match(
      snsMessage(notice({ decide })).Message,
      /\n\nApprove or reject: https:\/\/phasegate\.example\.com\/gate\?a$/,
    );
  });

  it('has a subject that mail can carry', () => {
    assert.equal(subject('Gate “Qualität” – Élodie’s\n turn…'), 'Gate "Qualitat" - Elodie\'s turn...');
    assert.equal(subject('関門 4.1'), '?? 4.1');
    assert.equal(subject(''), 'phasegate');
    assert.equal(subject('a'.repeat(200)), `${'a'.repeat(96)}...`);
  });

  it('keeps to the limits of SNS, whatever it is given', () => {
    const any = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(any, any, fc.integer({ min: 1, max: 2000 }), (title, text, times) => {
        const { Subject, Message } = snsMessage(notice({ title, text: text.repeat(times) }));
        assert.match(Subject, /^[!-~][ -~]{0,98}$/);
        assert.ok(Buffer.byteLength(Message) < 250_000 && Message !== '');
      }),
    );
  });
});
