import { expect, test } from 'vitest'
import { type ChildLimits, niceWords, privilegeWords, shellPreparation, userWords } from '../../src/adapters/child-limits.ts'

const none: ChildLimits = { ulimits: {}, softNofile: null, nice: null, owner: null, noNewPrivileges: false, cgroupProcs: null }

test.each<[string, Partial<ChildLimits>, string]>([
  ['nothing', {}, ''],
  ['the limit of the caller', { softNofile: 1024 }, 'ulimit -S -n 1024; '],
  ['an own limit of files instead of it', { softNofile: 1024, ulimits: { nofile: '5' } }, 'ulimit -n 5 || exit 126; '],
  ['soft and hard', { ulimits: { nofile: '5:9' } }, 'ulimit -n 9 || exit 126; ulimit -S -n 5 || exit 126; '],
  [
    'bytes, in blocks and rounded up',
    { ulimits: { fsize: '1025', as: '1025' } },
    'ulimit -f 3 || exit 126; ulimit -v 2 || exit 126; ',
  ],
  ['unlimited', { ulimits: { core: '0:unlimited' } }, 'ulimit -c unlimited || exit 126; ulimit -S -c 0 || exit 126; '],
  ['processes, in two dialects', { ulimits: { nproc: '9' } }, '{ ulimit -u 9 2>/dev/null || ulimit -p 9; } || exit 126; '],
  ['a cgroup with a quote in its path', { cgroupProcs: "/a'b" }, "echo 0 >'/a'\\''b' || exit 126; "],
])('shell for %s', (_, changes, script) => {
  expect(shellPreparation({ ...none, ...changes })).toBe(script)
})

test('limits that make no sense are refused', () => {
  for (const ulimits of [{ nofile: '9:5' }, { nofile: 'unlimited:5' }, { colour: '5' }] as Record<string, string>[])
    expect(() => shellPreparation({ ...none, ulimits })).toThrow(expect.objectContaining({ code: 'BAD_LIMIT' }))
})

test('words in front of the program, none where nothing is asked for', () => {
  expect([niceWords(none), userWords(none), privilegeWords(none)]).toEqual([[], [], []])
  const all = { ...none, nice: -5, owner: { uid: 7, gid: 8 }, noNewPrivileges: true }
  expect(niceWords(all)).toEqual(['nice', '-n', '-5'])
  expect(userWords(all)).toEqual(['setpriv', '--reuid', '7', '--regid', '8', '--init-groups', '--'])
  expect(privilegeWords(all)).toEqual(['setpriv', '--no-new-privs', '--'])
})
