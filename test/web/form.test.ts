/** The forms of the page: texts of fields, what they change, and the words that say the same in a shell and in a file. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Definition, DefinitionChanges } from '../../src/protocol/definition.ts'
import { fields, keyOf } from '../../src/protocol/fields.ts'
import { FILE_KEY } from '../../src/protocol/file-key.ts'
import { KINDS, SIGNALS, ULIMITS } from '../../src/protocol/names.ts'
import { resolveDefinition } from '../../src/protocol/resolve-definition.ts'
import { changesOf, isWritable, readVariables, rebased, type Shown, shownText, variableRows } from '../../src/web/form/changes.ts'
import { aboutOf, isFound, sectionsOf, wordOf } from '../../src/web/form/layout.ts'
import { commandLineOf, fieldOf, type NewProcess, readNew, yamlOf } from '../../src/web/form/start.ts'
import { type FieldName, read, rowOf, textOf } from '../../src/web/form/texts.ts'
import { readBack } from '../files/support/plans.ts'

const usual = () => 'healthy' as const
const whole = (given: object = {}) =>
  resolveDefinition(Definition.parse({ name: 'web', command: ['node', 'app.js'], cwd: '/srv', ...given }) as never, [], {})
const shown = (given: object = {}): Shown => {
  const definition = whole(given)
  return { definition, metadata: definition.metadata }
}
const editable = Object.keys(fields()).filter((field) => !['name', 'kind', 'instance'].includes(field)) as FieldName[]

describe('texts of fields', () => {
  const line = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((text) => !text.includes('\0'))
  const trimmed = line.map((text) => text.trim()).filter((text) => text !== '' && text !== 'none')
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
  const path = trimmed.map((text) => `/${text}`)
  const limit = fc.oneof(fc.nat().map(String), fc.constantFrom('unlimited', '10:20'))
  const name = word.map((text) => `n${text}`)
  /** By the kind of the value; what the table calls `other` has its own. */
  const byKind = (field: FieldName): fc.Arbitrary<unknown> => {
    const { value } = rowOf(field)
    const { min = 0, max = 1e9 } = value
    if (value.kind === 'switch') return fc.boolean()
    if (value.kind === 'choice') return fc.constantFrom(...value.choices!)
    if (value.kind === 'signal') return fc.constantFrom(...SIGNALS)
    if (value.kind === 'number')
      return fc
        .integer({ min: Math.ceil(min), max })
        .map((number) => number / (number > 100 ? 1 : 2))
        .filter((number) => number >= min)
    if (value.kind === 'text') return trimmed
    if (value.kind === 'size') return fc.integer({ min: 65_536, max })
    return fc.integer({ min, max })
  }
  const own: Partial<Record<FieldName, fc.Arbitrary<unknown>>> = {
    command: fc.array(line, { minLength: 1, maxLength: 5 }),
    metadata: fc.dictionary(word, fc.oneof(line, fc.jsonValue())),
    ulimits: fc.dictionary(fc.constantFrom(...ULIMITS), limit),
    tags: fc.array(line),
    watchFiles: fc.array(line),
    readOnly: fc.array(path),
    ports: fc.array(fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constant('auto'))),
    sockets: fc.array(fc.integer({ min: 1, max: 65_535 }).map((port) => ({ name: String(port), port }))),
    health: fc.oneof(
      line.map((command) => ({ kind: 'exec', command })),
      fc.constant({ kind: 'notify' }),
      fc.constant({ kind: 'tcp', host: '::1', port: 80 }),
      fc.constant({ kind: 'http', url: 'http://localhost/a?b=c' }),
    ),
    okExit: fc.array(fc.integer({ min: 0, max: 255 })),
    noRestartExit: fc.array(fc.integer({ min: 0, max: 255 })),
    retryOn: fc.subarray(['failure', 'timeout']),
    after: fc.array(fc.record({ name, condition: fc.constantFrom('started', 'healthy', 'done') })),
    hooks: fc.array(fc.record({ on: fc.array(word, { minLength: 1 }), run: trimmed.map((text) => `exec:${text}`) })),
    umask: fc.stringMatching(/^[0-7]{1,4}$/),
    cwd: path,
    stdin: path,
    outFile: path,
    errFile: path,
    description: line.filter((text) => text !== 'none'),
  }

  test.each(editable)('%s: what is shown is read as the same, and as no change', (field) => {
    fc.assert(
      fc.property(own[field] ?? byKind(field), (value) => {
        const text = textOf(field, value)
        expect(read(field, text, usual)).toEqual(value)
        const has = {
          definition: { ...whole(), [field]: value },
          metadata: field === 'metadata' ? (value as object) : {},
        } as Shown
        expect(isWritable(field, has, usual)).toBe(true)
        expect(changesOf(has, { [field]: shownText(field, has) }, true, usual)).toEqual({
          changes: {},
          expected: {},
          rows: [],
          wrong: {},
        })
      }),
      { numRuns: 60 },
    )
  })

  test.each(editable)('%s: nothing is what takes it away, where it can be taken away', (field) => {
    let nothing: unknown
    try {
      nothing = read(field, '', usual)
    } catch {
      return expect(
        ['command', 'cwd', 'type', 'restart', 'leftovers', 'stopSignal', 'stopScope', 'cronOverlap'].concat(
          editable.filter((each) => ['duration', 'size', 'whole', 'number'].includes(rowOf(each).value.kind)),
        ),
      ).toContain(field)
    }
    if (rowOf(field).value.kind === 'switch') return
    expect(
      (DefinitionChanges as never as { safeParse(value: unknown): { success: boolean } }).safeParse({ [field]: nothing }).success,
    ).toBe(true)
  })

  test.each([
    ['command', ` node  'a b.js' "x y" `, ['node', 'a b.js', 'x y']],
    ['command', 'a | b', ['/bin/sh', '-c', 'a | b']],
    ['command', 'A=1 b', ['/bin/sh', '-c', 'A=1 b']],
    ['command', "'A=1' b", ['A=1', 'b']],
    ['hooks', 'failed, done   exec:./a b', [{ on: ['failed', 'done'], run: 'exec:./a b' }]],
    [
      'after',
      'db\nmigrate:done',
      [
        { name: 'db', condition: 'healthy' },
        { name: 'migrate', condition: 'done' },
      ],
    ],
    ['ports', ' 80 \n\nauto', [80, 'auto']],
    ['tags', '"a\\nb"\nc', ['a\nb', 'c']],
    ['tags', '"half', ['"half']],
    ['metadata', 'a=1\nb={"c":2}\nd=e=f', { a: 1, b: { c: 2 }, d: 'e=f' }],
    ['timeoutMs', 'none', null],
    ['watchFiles', 'none', []],
    ['stopSignal', 'int', 'SIGINT'],
    ['retryOn', '', []],
  ] as [FieldName, string, unknown][])('%s of %j', (field, text, value) => expect(read(field, text, usual)).toEqual(value))

  test('what one cannot write in lines is not offered to be changed', () => {
    expect(isWritable('metadata', shown({ metadata: { 'a=b': 'c' } }), usual)).toBe(false)
    expect(isWritable('metadata', shown({ metadata: { a: 'b' } }), usual)).toBe(true)
  })
})

describe('changes', () => {
  test('only what differs, with what it was, how it is written, and when it takes effect', () => {
    const has = shown({ title: 'Old', timeoutMs: 90_000, okExit: [0, 3], tags: ['a'], ports: [80], maxMemoryBytes: 1536 })
    has.definition.ports = [80]
    const texts = {
      title: 'New',
      timeoutMs: '1m30s',
      okExit: '0,3',
      tags: 'a\nb',
      ports: '80\n81',
      maxMemoryBytes: ' 1536 ',
      nice: '',
    }
    expect(changesOf(has, texts, true, usual)).toEqual({
      changes: { title: 'New', tags: ['a', 'b'], ports: [80, 81] },
      expected: { title: 'Old', tags: ['a'], ports: [80] },
      rows: [
        { field: 'title', key: 'title', before: 'Old', after: 'New', effect: 'now' },
        { field: 'tags', key: 'tags', before: 'a', after: 'a\nb', effect: 'now' },
        { field: 'ports', key: 'ports', before: '80', after: '80\n81', effect: 'after a restart' },
      ],
      wrong: {},
    })
    expect(changesOf(has, { cwd: '/new' }, false, usual).rows[0]!.effect).toBe('at the next run')
  })

  test('every misread field is named, and the others are read', () => {
    const { wrong, changes } = changesOf(
      shown(),
      { timeoutMs: 'soon', maxMemoryBytes: '5 apples', command: "a 'b", ports: '80\n99999', title: 'T', cwd: ' ' },
      true,
      usual,
    )
    expect(wrong).toEqual({
      timeoutMs: 'cannot read soon: it is not a duration; write it like 300ms, 10s, 5m or 1h30m',
      maxMemoryBytes: 'cannot read 5 apples: it is not a size; write it like 512M, 1G or 100k',
      command: "cannot read a 'b: a quote is not closed; close it, or write \\ before it",
      ports: 'cannot read 99999: it is not a whole number in its range; use 1 to 65535, or auto',
      cwd: 'cannot be empty; leave it out, or give it a value',
    })
    expect(changes).toEqual({ title: 'T' })
  })

  test('what is masked keeps its value, and so does the mark of its file', () => {
    const metadata = { [FILE_KEY]: { file: '/a/ptrack.yaml' }, apiToken: 'hunter2hunter2', note: 'x' }
    const has: Shown = { definition: whole({ metadata }), metadata: { ...metadata, apiToken: '***' } }
    expect(shownText('metadata', has)).toBe('apiToken=***\nnote=x')
    const { changes, expected, rows } = changesOf(has, { metadata: 'apiToken=***\nnote=y' }, true, usual)
    expect(changes.metadata).toEqual({ ...metadata, note: 'y' })
    expect(expected.metadata).toEqual(metadata)
    expect(JSON.stringify(rows)).not.toContain('hunter2')
    expect(changesOf(has, { metadata: 'apiToken=new' }, true, usual).changes.metadata).toEqual({
      [FILE_KEY]: metadata[FILE_KEY],
      apiToken: 'new',
    })
  })

  test('after a conflict what was typed stays, and everything else is as it is now', () => {
    const before = shown({ title: 'Old', nice: 1, cron: '@daily' })
    const now = shown({ title: 'Theirs', nice: 5, cron: '@hourly' })
    expect(rebased(before, now, { title: 'Mine', nice: '1', cron: '@hourly' })).toEqual({ title: 'Mine' })
  })

  test('variables: names are said, values are not', () => {
    expect(readVariables('A=1\n\n B = x=y ')).toEqual({ set: { A: '1', B: ' x=y ' }, wrong: null })
    expect(readVariables('A=1\nsecret-without-name').wrong).toBe(
      'cannot read line 2: it has no `=` after a name; write NAME=VALUE',
    )
    expect(JSON.stringify(variableRows({ A: 'hunter2', B: 'hunter2' }, ['A'], true))).not.toContain('hunter2')
    expect(variableRows({ A: '1' }, ['A'], false)).toEqual([
      { field: 'env.A', key: 'env.A', before: 'set', after: 'another value', effect: 'at the next run' },
    ])
  })
})

describe('layout', () => {
  test.each(KINDS.filter((kind) => kind !== 'external'))('a form of a %s has every field that set takes, once', (kind) => {
    const all = sectionsOf(kind).flatMap((section) => section.fields)
    expect([...all].sort()).toEqual([...editable].sort())
  })

  test('words are one field each, and none is without help', () => {
    expect(new Set(editable.map(wordOf)).size).toBe(editable.length)
    for (const field of editable) expect([field, aboutOf(field)]).toEqual([field, expect.stringMatching(/^.{10,}$/)])
    expect(editable.map(aboutOf).filter((text) => /repeatable|`/.test(text))).toEqual([])
    expect([wordOf('maxMemoryBytes'), wordOf('cwd')]).toEqual(['Max memory', 'Working directory'])
  })

  test('a field is found by its word, its option, its key and its help', () => {
    for (const words of ['max mem', '--max-memory', 'maxMemory', 'whole tree'])
      expect(isFound('maxMemoryBytes', words)).toBe(true)
    expect(isFound('title', 'memory')).toBe(false)
  })
})

describe('a new process', () => {
  const given = (texts: Record<string, string>, more: object = {}) =>
    readNew({ kind: 'service', name: 'web', instances: '', env: '', texts, ...more }, usual)

  test('what is not there yet is missing, what cannot be read is wrong', () => {
    const { missing, wrong } = given({ command: '', cwd: '/srv', timeoutMs: 'soon' }, { name: ' ', instances: '0', env: 'x' })
    expect(Object.keys(missing)).toEqual(['name', 'command'])
    expect(Object.keys(wrong)).toEqual(['timeoutMs', 'env', 'instances'])
  })

  const made: NewProcess = given(
    {
      command: `sh -c 'echo "$HOME" it'\\''s'`,
      cwd: '/srv/my app',
      ports: '3000\nauto',
      tags: 'a b\n#x',
      health: 'http://localhost:3000/a?b=$c',
      restart: 'on-failure',
      timeoutMs: 'none',
      preload: 'false',
      restartUnhealthy: 'true',
      metadata: 'team=7\nnote="7"',
      hooks: 'failed,done exec:./alarm.sh "$1"',
      after: 'db:started',
      okExit: '0,3',
      maxMemoryBytes: '512M',
      umask: '022',
      title: 'yes',
    },
    { name: 'shop/web', instances: '2', env: 'A=b c\nPRICE=$5' },
  ).made

  test('as a command line', () => {
    expect(commandLineOf(made).split(' \\\n  ')).toEqual([
      'ptrack start',
      '--project shop',
      '--name web',
      "--cwd '/srv/my app'",
      '--instances 2',
      '--port 3000',
      '--port auto',
      "--tag 'a b'",
      "--tag '#x'",
      "--health 'http://localhost:3000/a?b=$c'",
      '--restart on-failure',
      '--timeout none',
      '--no-preload',
      '--restart-unhealthy',
      '--meta team=7',
      `--meta 'note="7"'`,
      `--on failed,done 'exec:./alarm.sh "$1"'`,
      '--after db:started',
      '--ok-exit 0,3',
      '--max-memory 512M',
      '--umask 022',
      '--title yes',
      '--clean-env',
      "--env 'A=b c'",
      "--env 'PRICE=$5'",
      `-- sh -c 'echo "$HOME" it'\\''s'`,
    ])
    expect(commandLineOf(given({ command: 'true', cwd: '/' }, { kind: 'job', name: 'one' }).made)).toBe(
      'ptrack run -d --name one --cwd / --clean-env -- true',
    )
  })

  test('as a file, which is read as the same', () => {
    const text = yamlOf(made)
    const [read] = readBack(text.replace(/ {4}after: \["db:started"\]\n/, ''))
    const { after: _after, name: _name, ...definition } = made.definition
    expect(read).toMatchObject({ definition: { ...definition, name: 'web' }, instances: 2, env: made.env, cleanEnv: true })
  })

  test('whatever its texts are, the file is read as the same', () => {
    const line = fc
      .string({ minLength: 1, maxLength: 12 })
      .filter((text) => text.trim() !== '' && text.trim() !== 'none' && !text.includes('\0'))
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 4 }),
        line,
        line,
        fc.dictionary(fc.stringMatching(/^[A-Z]{1,4}$/), line),
        (command, title, tag, env) => {
          const definition = { name: 'web', command, cwd: '/srv', title, tags: [tag], metadata: { note: title } }
          const [back] = readBack(yamlOf({ definition, instances: 1, env }))
          expect(back).toMatchObject({ definition, env })
        },
      ),
      { numRuns: 100 },
    )
  })

  test('an answer of the daemon stands beside the field that it is about', () => {
    expect(fieldOf({ code: 'DUPLICATE_NAME' })).toBe('name')
    expect(fieldOf({ code: 'BAD_REQUEST', details: { fields: ['definition.tags[0]'] } })).toBe('tags')
    expect(fieldOf({ code: 'USAGE', details: { fields: ['cron'] } })).toBe('cron')
    expect(fieldOf({ code: 'INTERNAL' })).toBe(null)
  })

  test('every option of the line is one of the table', () => {
    const line = commandLineOf(made)
    const known = Object.values(fields()).flatMap(({ flag }) => (flag === undefined ? [] : [/--[\w-]+/.exec(flag)![0]]))
    for (const flag of line.split(' -- ')[0]!.match(/(?<= )--[a-z][a-z-]+/g)!)
      expect([...known, '--project', '--name', '--instances', '--clean-env', '--env', '--no-preload']).toContain(flag)
    expect(keyOf('maxMemoryBytes')).toBe('maxMemory')
  })
})
