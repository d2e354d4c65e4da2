/** When the end of a process ends `ptrack dev`, and with which code: one table. */
import { describe, expect, test } from 'vitest'
import { type Member, REFUSED, type Rules, verdictOf } from '../../../../src/cli/commands/dev/exit-rule.ts'
import type { ProcessView } from '../../../../src/protocol/view.ts'

const at = (second: number): string => new Date(second * 1000).toISOString()
let clock = 100

/** `api`, `api done`, `api failed 3`, `api retrying 3`, `api stopped`, `api spawn`: later ones ended later. */
function member(words: string, more: Partial<Member> = {}): Member {
  const [name, status = 'running', code] = words.split(' ') as [string, string?, string?]
  const isSpawn = status === 'spawn'
  const view = {
    name,
    kind: 'service',
    status: isSpawn ? 'failed' : status,
    wanted: status === 'stopped' ? 'down' : 'up',
    nextRunAt: null,
    exitCode: code === undefined || code.startsWith('SIG') ? (status === 'done' ? 0 : null) : Number(code),
    signal: code?.startsWith('SIG') ? code : null,
    pid: null,
    error: isSpawn ? { code: 'NOT_FOUND_COMMAND', message: '' } : null,
    reason: isSpawn
      ? `cannot start ${name}: /no/such does not exist; check the path`
      : code === undefined
        ? null
        : `exit code ${code}`,
    since: at(clock),
    endedAt: at(clock++),
  } as unknown as ProcessView
  return { name, view, before: false, critical: false, watched: false, blocked: false, ...more }
}

const FAILURE: Rules = { exitOn: 'failure', codeFrom: null, foreman: false }
const rule = (more: Partial<Rules>): Rules => ({ ...FAILURE, ...more })
const any = rule({ exitOn: 'any' })
const all = rule({ exitOn: 'all' })
const never = rule({ exitOn: 'never' })
const foreman = rule({ foreman: true })
const from = rule({ codeFrom: 'test' })

/** Rules, members, and the code; null = it goes on. */
const TABLE: [string, Rules, (string | Member)[], number | null][] = [
  ['all run', FAILURE, ['web', 'api'], null],
  ['a failure', FAILURE, ['web', 'api failed 3'], 3],
  ['the first of two failures', FAILURE, ['api failed 3', 'web failed 4'], 3],
  ['a death by signal', FAILURE, ['web', 'api failed SIGKILL'], 137],
  ['a program that is not there', FAILURE, ['web', 'api spawn'], 127],
  ['a timeout of a program that ends well', FAILURE, ['web', 'job timeout 0'], 1],
  ['a crash that is tried again', FAILURE, ['web', 'api retrying 3'], null],
  ['a good end beside others', FAILURE, ['web', 'migrate done'], null],
  ['a good end of a critical one', FAILURE, ['web', member('api done', { critical: true })], 0],
  ['a critical one under another rule', never, ['web', member('api done', { critical: true })], null],
  ['all have ended well', FAILURE, ['a done', 'b done'], 0],
  ['another exit code that is good', FAILURE, ['a done 2'], 0],
  ['a failure that a changed file mends', FAILURE, ['web', member('api failed 3', { watched: true })], null],
  ['it waits for what will not come', FAILURE, ['db', member('web pending', { blocked: true })], 1],
  ['it only waits', FAILURE, ['db', 'web pending'], null],
  ['it failed before this session', FAILURE, ['web', member('api failed 3', { before: true })], null],
  ['one is stopped by hand', FAILURE, ['web', 'api stopped'], null],
  ['the last one is stopped by hand', FAILURE, ['a done', 'api stopped'], 0],
  ['never: a failure', never, ['web', 'api failed 3'], null],
  ['never: all have ended', never, ['api failed 3'], null],
  ['any: a good end', any, ['web', 'api done'], 0],
  ['any: a failure', any, ['web', 'api failed 3'], 3],
  ['any: a crash that is tried again', any, ['web', 'api retrying 3'], null],
  ['any: the first counts', any, ['a done', 'api failed 3'], 0],
  ['all: some run', all, ['web', 'api failed 3'], null],
  ['all: one has failed', all, ['a done', 'api failed 3', 'b done', 'c failed 4'], 3],
  ['all: all did well', all, ['a done', 'b done'], 0],
  ['foreman: a crash that is tried again', foreman, ['web', 'api retrying 3'], 3],
  ['foreman: a good end', foreman, ['web', 'api done'], 0],
  ['foreman: a failure that a changed file mends', foreman, ['web', member('api failed 3', { watched: true })], 3],
  ['code from: its good end', from, ['web', 'test done'], 0],
  ['code from: its failure', from, ['web', 'test failed 2'], 2],
  ['code from: it runs, another failed', from, ['test', 'db failed 5'], 5],
  ['code from: both failed, the other first', from, ['db failed 5', 'test failed 2'], 2],
  ['code from: it runs, another is done', from, ['test', 'migrate done'], null],
  ['code from, under never', rule({ exitOn: 'never', codeFrom: 'test' }), ['web failed 3', 'test failed 2'], 2],
  ['code from, under any', rule({ exitOn: 'any', codeFrom: 'test' }), ['web done', 'test'], 0],
  ['code from one of several instances', from, ['test:0 done', 'test:1 failed 4'], 4],
]

describe('verdictOf', () => {
  test.each(TABLE)('%s', (_, rules, members, code) => {
    const verdict = verdictOf(
      rules,
      members.map((each) => (typeof each === 'string' ? member(each) : each)),
      true,
    )
    expect(verdict?.code ?? null).toBe(code)
  })

  test('while the file is being started, "all" means nothing yet, a failure does', () => {
    expect(verdictOf(FAILURE, [member('a done')], false)).toBeNull()
    expect(verdictOf(all, [member('a failed 3')], false)).toBeNull()
    expect(verdictOf(FAILURE, [member('a failed 3')], false)).toMatchObject({ name: 'a', code: 3 })
  })

  test('what a person stopped may come back at once', () => {
    expect(verdictOf(FAILURE, [member('a stopped')], true)).toMatchObject({ stopped: true, why: 'nothing runs any more' })
    expect(verdictOf(FAILURE, [member('a done')], true)).toMatchObject({ stopped: false, why: 'all have ended' })
  })

  test('one that could not even be defined has failed', () => {
    const refused = { ...member('web'), view: { ...REFUSED, reason: 'cannot start web: port 80 is not yours' } }
    expect(verdictOf(FAILURE, [member('db'), refused], true)).toMatchObject({
      code: 1,
      why: 'web has failed (port 80 is not yours)',
    })
  })

  test('says why', () => {
    const why = (words: string): string | undefined => verdictOf(foreman, [member(words)], true)?.why
    expect(why('api failed 3')).toBe('api has failed (exit code 3)')
    expect(why('api retrying 3')).toBe('api has ended (exit code 3)')
    expect(why('api done')).toBe('api is done')
    expect(why('api spawn')).toBe('api has failed (/no/such does not exist)')
    expect(why('api timeout 0')).toBe('api has timed out (exit code 0)')
  })
})
