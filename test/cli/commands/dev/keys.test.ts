/** What each key of `ptrack dev` does, in each state. */
import { describe, expect, test } from 'vitest'
import { type Choices, type Deed, FREE, type Keys, pasted, pressed, promptOf } from '../../../../src/cli/commands/dev/keys.ts'

const many = Array.from({ length: 12 }, (_, i) => `w${i + 1}`)
const choices: Choices = { all: ['web', 'api', 'worker'], restart: ['web', 'api', 'worker'], open: ['web'], attach: [] }

function type(keys: readonly string[], among: Choices = choices): { keys: Keys; deed: Deed | null } {
  let state: { keys: Keys; deed: Deed | null } = { keys: FREE, deed: null }
  for (const key of keys) state = pressed(state.keys, key, among)
  return state
}
const deed = (...keys: string[]): Deed | null => type(keys).deed

describe('pressed', () => {
  test.each<[string[], Deed | null]>([
    [['r', '2'], { do: 'restart', name: 'api' }],
    [['r', ...'worker', 'enter'], { do: 'restart', name: 'worker' }],
    [['r', 'w', 'o', 'enter'], { do: 'restart', name: 'worker' }],
    [['r', 'w', 'enter'], { do: 'refuse', why: 'there is no w to restart' }],
    [['r', 'x', 'backspace', 'a', 'enter'], { do: 'restart', name: 'api' }],
    [['r', 'escape'], null],
    [['r', 'enter'], null],
    [['R'], { do: 'restart-all' }],
    [['o'], { do: 'open', name: 'web' }],
    [['a'], { do: 'refuse', why: 'nothing here has a terminal: `tty: true` gives a process one' }],
    [['w'], { do: 'view' }],
    [['?'], { do: 'help' }],
    [['d'], { do: 'detach' }],
    [['q'], { do: 'quit' }],
    [['enter'], { do: 'space' }],
    [['2'], { do: 'alone', name: 'api' }],
    [['0'], { do: 'alone', name: null }],
    [['7'], { do: 'refuse', why: 'there are only 3 processes' }],
    [['/', ...'api', 'enter'], { do: 'alone', name: 'api' }],
    [['/', '3', 'enter'], { do: 'alone', name: 'worker' }],
    [['/', ...'get', 'space', ...'/x', 'enter'], { do: 'match', pattern: /get \/x/iu, text: 'get /x' }],
    [['/', ...'GET', 'enter'], { do: 'match', pattern: /GET/u, text: 'GET' }],
    [['/', ...'a(b', 'enter'], { do: 'match', pattern: /a\(b/iu, text: 'a(b' }],
    [['/', 'enter'], { do: 'match', pattern: null, text: '' }],
    [['/', 'q', 'ctrl-u', ...'api', 'enter'], { do: 'alone', name: 'api' }],
    [['x'], null],
    [['ctrl-c'], { do: 'interrupt' }],
    [['r', 'ctrl-c'], { do: 'interrupt' }],
    [['/', 'a', 'ctrl-z'], { do: 'suspend' }],
  ])('%j', (keys, expected) => {
    expect(deed(...keys)).toEqual(expected)
  })

  test('a digit waits for another where a longer number may be meant', () => {
    const among = { ...choices, restart: many }
    expect(type(['r', '2'], among).deed).toEqual({ do: 'restart', name: 'w2' })
    expect(type(['r', '1'], among)).toEqual({ keys: { mode: 'pick', what: 'restart', typed: '1' }, deed: null })
    expect(type(['r', '1', '2'], among).deed).toEqual({ do: 'restart', name: 'w12' })
    expect(type(['r', '1', 'enter'], among).deed).toEqual({ do: 'restart', name: 'w1' })
  })

  test('one that is alone is not asked for', () => {
    expect(type(['r'], { ...choices, restart: ['web'] }).deed).toEqual({ do: 'restart', name: 'web' })
    expect(type(['r'], { ...choices, restart: [] }).deed).toEqual({ do: 'refuse', why: 'nothing is there to restart' })
  })

  test('pasted text acts nowhere, and is typed where something is asked for', () => {
    expect(pasted(FREE, 'quit\nd')).toBe(FREE)
    expect(pasted({ mode: 'search', typed: 'a' }, 'b\nc')).toEqual({ mode: 'search', typed: 'abc' })
  })
})

test('what is asked for stands on the last line', () => {
  expect(promptOf(FREE, choices)).toBeNull()
  expect(promptOf(type(['r', 'w']).keys, choices)).toBe('restart 1 web  2 api  3 worker: w')
  expect(promptOf(type(['/', 'x']).keys, choices)).toMatch(/: x$/)
})
