import assert from 'node:assert/strict';
import { errorFields, logger } from '../../src/log.ts';

describe('log', () => {
  const written = (level: 'debug' | 'warn') => {
    const lines: string[] = [];
    const log = logger({ level, now: () => new Date(0), write: (line) => lines.push(line) }, { release: 'r1' });
    return { log, lines };
  };

  it('is one JSON object a line, with the level as a word', () => {
    const { log, lines } = written('debug');
    log.with({ operation: 'getOrder' }).error('request failed', { status: 500 });
    assert.deepEqual(lines, [
      '{"time":"1970-01-01T00:00:00.000Z","level":"error","message":"request failed","release":"r1","operation":"getOrder","status":500}\n',
    ]);
  });

  it('keeps a line break within the line', () => {
    const { log, lines } = written('debug');
    log.info('a\n{"level":"error"}');
    assert.equal(lines.join('').split('\n').length, 2);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = written('warn');
    log.debug('no');
    log.info('no');
    log.warn('yes');
    assert.equal(lines.length, 1);
  });

  it('tells the causes of an error', () => {
    const error = new Error('outer', { cause: new TypeError('inner', { cause: new Error('innermost') }) });
    assert.equal(errorFields(error)['causes'], 'TypeError: inner <- Error: innermost');
    assert.deepEqual(errorFields('text'), { error: 'text' });
  });
});
