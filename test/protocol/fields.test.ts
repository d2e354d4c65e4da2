/** The table of fields beside the check at the border: bounds, defaults, words; and values, written and read again. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Definition } from '../../src/protocol/definition.ts'
import type { Field } from '../../src/protocol/field.ts'
import { fields, isForNextRun, keyOf } from '../../src/protocol/fields.ts'
import { SIGNALS } from '../../src/protocol/names.ts'
import { resolveDefinition } from '../../src/protocol/resolve-definition.ts'
import * as values from '../../src/protocol/values.ts'

const rows = Object.entries(fields()) as [keyof Definition, Field][]
const schemaOf = (field: keyof Definition): Record<string, unknown> =>
  z.toJSONSchema(Definition.shape[field], { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>
/** Every place below a schema where a key stands. */
const having = (key: string, schema: unknown): Record<string, unknown>[] =>
  typeof schema !== 'object' || schema === null
    ? []
    : [
        ...(key in schema ? [schema as Record<string, unknown>] : []),
        ...Object.values(schema).flatMap((each) => having(key, each)),
      ]

test('every field has a row, every row is a field, and no two have one key or one option', () => {
  expect(rows.map(([field]) => field).toSorted()).toEqual(Object.keys(Definition.shape).toSorted())
  expect(new Set(rows.map(([field]) => keyOf(field))).size).toBe(rows.length)
  const flags = rows.flatMap(([, { flag }]) => (flag === undefined ? [] : [flag.split(' ')[0]]))
  expect(new Set(flags).size).toBe(flags.length)
})

test('defaults are those that the daemon fills in', () => {
  const whole = Definition.parse({ name: 'a', command: ['b'], cwd: '/' })
  for (const [field, row] of rows) {
    if (row.default !== undefined) expect([field, row.default]).toEqual([field, whole[field as keyof typeof whole]])
    if (row.none && !row.repeat && row.default !== undefined) expect([field, row.default]).toEqual([field, null])
  }
})

test('a run keeps what it began with', () => {
  const kept =
    'command cwd ports sockets preload health preStart postStart recordExit tty logMaxBytes logKeep stdin outFile errFile nice user group umask ulimits cgroup cpus pids noNewPrivileges readOnly privateTmp'
  expect(rows.map(([field]) => field).filter(isForNextRun)).toEqual(kept.split(' '))
  expect(isForNextRun('env.PATH')).toBe(false)
})

const job = resolveDefinition(Definition.parse({ name: 'a', kind: 'job', command: ['b'], cwd: '/' }), [], {})
test.each(
  rows.flatMap(([field, row]) => {
    const usual = /\(default: ([^ ;)]+)/.exec(row.about ?? '')?.[1]
    return usual === undefined || /default: (the|always|kill|done)/.test(row.about!) ? [] : [[field, usual, row] as const]
  }),
)('the help says the default of %s, %s', (field, usual, row) => {
  const is = row.value.parse(usual, '')
  expect(is).toEqual(job[field])
})

test.each(rows.filter(([, { value }]) => value.max !== undefined || value.choices))(
  '%s takes what the daemon takes',
  (field, row) => {
    const { min, max, choices } = row.value
    const [bounds] = having('minimum', schemaOf(field))
    if (max !== undefined) expect([bounds!.minimum, bounds!.maximum]).toEqual([min, max])
    const [words] = having('enum', schemaOf(field))
    if (choices) expect(choices.flatMap((one) => row.value.parse(one, ''))).toEqual(words!.enum)
  },
)

describe('what the command line lets through, the daemon takes', () => {
  const long = 'a'.repeat(10_000)
  const texts = [
    '0',
    '1',
    '-1',
    '99999999999999999999',
    '1e300',
    '1e300s',
    `${'9'.repeat(400)}d`,
    '367d',
    '9999999T',
    '',
    long,
    `${long}=1`,
  ]
  const forms = [
    ...texts,
    `log:${long}`,
    `exec:${long}`,
    `tcp:${long}:1`,
    `http://${long}`,
    `nofile=${'9'.repeat(30)}`,
    `${long}:done`,
    'é=\u0000',
  ]
  // Paths are made absolute by the command; what triggers of a hook mean is said by the daemon.
  const apart = ['cwd', 'stdin', 'outFile', 'errFile', 'readOnly', 'hooks']
  const options = rows.filter(([field, { flag }]) => flag !== undefined && !apart.includes(field))
  test.each(options)('%s', (field, row) => {
    for (const text of forms) {
      let value: unknown
      try {
        value = row.value.parse(text, '--x')
      } catch (error) {
        expect(error).toBeInstanceOf(values.Misread)
        expect([(error as values.Misread).text.length < 100, field]).toEqual([true, field])
        continue
      }
      if (text.includes('\0') || JSON.stringify(value).includes('"condition":null')) continue
      const whole = row.repeat === 'map' ? Object.fromEntries([value as [string, unknown]]) : row.repeat ? [value] : value
      const { error } = Definition.shape[field].safeParse(whole)
      // Names have a form beyond their length, in a sentence of ours.
      const said = error?.issues.map(({ message }) => message).filter((message) => !message.startsWith('a name '))
      expect([field, text.slice(0, 40), said ?? []]).toEqual([field, text.slice(0, 40), []])
    }
  })
})

describe('what is written is read again as the same', () => {
  const port = fc.integer({ min: 1, max: 65_535 })
  const kinds: [string, values.Value<never>, fc.Arbitrary<unknown>][] = [
    ['duration', values.duration(), fc.nat(1e10)],
    ['size', values.size(0), fc.nat(1e12)],
    ['whole', values.whole(-20, 19), fc.integer({ min: -20, max: 19 })],
    ['port', values.port, fc.oneof(port, fc.constant('auto'))],
    ['signal', values.signal, fc.constantFrom(...SIGNALS)],
    ['exit codes', values.exitCodes, fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1 })],
    ['ulimit', values.ulimit, fc.constantFrom(['nofile', '4096'], ['core', 'unlimited'], ['nproc', '10:20'])],
    [
      'probe',
      values.probe,
      fc.oneof(
        fc.record({ kind: fc.constant('tcp'), host: fc.constantFrom('127.0.0.1', '::1', 'db.local'), port }),
        fc.constantFrom({ kind: 'none' }, { kind: 'notify' }, { kind: 'exec', command: 'test -e x\ny' }),
        fc.constantFrom({ kind: 'log', pattern: 'a:b|c' }, { kind: 'http', url: 'https://a.b/c?d=e' }),
      ),
    ],
    ['after', values.after, fc.constantFrom({ name: 'a:1', condition: 'done' }, { name: 'b', condition: 'healthy' })],
  ] as never
  test.each(kinds)('%s', (_what, value, of) => {
    fc.assert(
      fc.property(of, (it) => {
        expect(value.parse(String(value.write(it as never)), '')).toEqual(it)
      }),
    )
  })
})

test('a duration is written exactly, in the largest unit that leaves it whole', () => {
  const { write } = values.duration()
  expect([7_200_000, 90_000, 1500, 0, 86_400_000].map(write)).toEqual(['2h', '90s', '1500ms', '0ms', '1d'])
})

test.each<[values.Value<unknown>, string, string, string]>([
  [values.duration(100), '50ms', 'it is shorter than 100ms', 'write --x 100ms'],
  [values.duration(), '400d', 'it is longer than 366d', 'write --x 366d or less'],
  [values.size(1024), '1', 'it is less than 1k', 'write --x 1k or more'],
  [values.size(0), '9999999T', 'it is more than a computer has', 'write it like 512M, 1G or 100k'],
  [values.text(5), 'longer', 'it is longer than 5 characters', 'shorten it'],
  [values.whole(1, 5), '6', 'it is not a whole number in its range', 'use 1 to 5'],
  [values.port, '70000', 'it is not a whole number in its range', 'use 1 to 65535, or auto'],
  [values.choice(['kill', 'keep']), 'keeep', 'unknown value', 'did you mean keep? (kill, keep)'],
  [values.ulimit, 'nofile=x', 'its value is not SOFT or SOFT:HARD', 'write --x nofile=4096:8192'],
  [values.umask, '9', 'it is not octal', 'write --x 022'],
  [values.hook, 'failed', 'its second value is missing', 'write --x failed,done exec:COMMAND'],
])('%# what cannot be read is said', (value, text, why, hint) => {
  let said: unknown
  try {
    value.parse(text, '--x')
  } catch (error) {
    said = error
  }
  expect(said).toMatchObject({ text, message: why, hint })
})
