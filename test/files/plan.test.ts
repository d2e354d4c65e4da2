/** The plan, and two ways of writing it down. The way round, for any processes: plan.property.test.ts. */
import { expect, test } from 'vitest'
import type { FileProcess } from '../../src/files/file-process.ts'
import type { Existing } from '../../src/files/plan.ts'
import { procfileText } from '../../src/files/procfile-text.ts'
import { referring } from '../../src/files/references.ts'
import { systemdUnits } from '../../src/files/systemd-units.ts'
import { writePtrackYaml } from '../../src/files/yaml/write.ts'
import type { DefinitionInput } from '../../src/protocol/definition.ts'
import { applied, plan, readBack } from './support/plans.ts'

test('names that would be the same in a unit or a Procfile are kept apart', () => {
  const named = (name: string, more: Partial<FileProcess> = {}): FileProcess => one({ d: { name }, ...more })
  const list = [named('a:b'), named('web', { instances: 2 }), named('a-b'), named('web-0'), named('a+b')]
  list.push(one({ d: { name: 'app', after: [{ name: 'web', condition: 'started' }] } }))
  const { units, notes } = systemdUnits(list)
  const files = ['a-b-2', 'web-0-2', 'web-1', 'a-b', 'web-0', 'a-b-3', 'app'].map((name) => `${name}.service`)
  expect(units.map(({ file }) => file)).toEqual(files)
  expect(notes).toContain('web:0 is web-0-2.service: web-0.service is that of another')
  expect(units.at(-1)!.text).toContain('Wants=web-0-2.service\nAfter=web-1.service\nWants=web-1.service')
  expect(procfileText(list).text.match(/^[^:]+/gm)).toEqual(['a-b-2', 'web', 'a-b', 'web-0', 'a-b-3', 'app'])
})

const one = (more: Partial<FileProcess> & { d?: Partial<DefinitionInput> } = {}): FileProcess => {
  const { d, ...rest } = more
  return {
    definition: { name: 'web', command: ['node', 'a.js'], cwd: '/a', ...d },
    env: {},
    cleanEnv: false,
    instances: 1,
    autostart: true,
    instanceEnv: [],
    ...rest,
  }
}
test.each<[string, FileProcess, FileProcess, string, unknown[]]>([
  ['a limit', one(), one({ d: { maxMemoryBytes: 4096 } }), 'set', [{ field: 'maxMemoryBytes', before: null, after: 4096 }]],
  ['a command', one(), one({ d: { command: ['x'] } }), 'restart', [{ field: 'command', before: ['node', 'a.js'], after: ['x'] }]],
  ['a variable that has left', one({ env: { A: 's' } }), one(), 'restart', [{ field: 'env.A', before: 'set', after: null }]],
  ['more of them', one({ instances: 2 }), one({ instances: 3 }), 'set', [{ field: 'instances', before: 2, after: 3 }]],
  ['one becomes many', one(), one({ instances: 2 }), 'recreate', [{ field: 'instances', before: 1, after: 2 }]],
  ['a field that has left', one({ d: { tags: ['a'] } }), one(), 'set', [{ field: 'tags', before: ['a'], after: [] }]],
])('%s', (_what, before, after, act, fields) => {
  expect(plan([after], applied([before]))).toMatchObject([{ change: 'changed', act, fields }])
})

const numbered = (count: number, from = 0) =>
  one({ instances: count, instanceEnv: Array.from({ length: count }, (_, n) => ({ N: `${from + n}` })) })

test.each<[string, FileProcess, FileProcess, string | null, string[]]>([
  ['the same variables of each', numbered(2), numbered(2), null, []],
  ['one that is set for all too', numbered(2), { ...numbered(2), env: { N: '9' } }, null, []],
  ['another variable of one', numbered(2), numbered(2, 5), 'restart', ['env.N']],
  ['more of them that count on', numbered(2), numbered(3), 'set', ['instances']],
  ['none of their own any more', numbered(2), one({ instances: 2 }), 'restart', ['env.N']],
  ['a process that becomes a set', one(), numbered(2), 'recreate', ['env.N', 'instances']],
])('a set whose instances differ is one entry: %s', (_what, before, after, act, fields) => {
  const [entry, ...others] = plan([after], applied([before]))
  expect(others).toEqual([])
  expect(entry).toMatchObject({ name: 'web', act })
  expect(entry!.fields.map(({ field }) => field)).toEqual(fields)
})

test('an instance with another command of its own takes another set; the same ones take nothing', () => {
  const own = (last: string) => one({ instances: 2, instanceOwn: [{ command: ['node', 'a.js'] }, { command: ['x', last] }] })
  const [has] = applied([own('1')])
  Object.assign(has!.definitions[1]!, { command: ['x', '1'] })
  expect(plan([own('1')], [has!])).toMatchObject([{ change: 'unchanged', act: null }])
  expect(plan([own('2')], [has!])).toMatchObject([{ change: 'changed', act: 'recreate' }])
})

test('what is not to start is defined, kept as it is while it is down, and made anew when only a run could show the change', () => {
  const held = (d: Partial<DefinitionInput> = {}) => one({ autostart: false, d })
  expect(plan([held()], [])).toMatchObject([{ change: 'new', act: 'define' }])
  const down = applied([held()]).map((each) => ({ ...each, ended: true }))
  expect(plan([held()], down)).toMatchObject([{ change: 'unchanged', act: null }])
  expect(plan([one()], down)).toMatchObject([{ change: 'unchanged', act: 'start-again' }])
  expect(plan([held({ command: ['x'] })], down)).toMatchObject([{ act: 'recreate' }])
  expect(plan([held({ maxMemoryBytes: 4096 })], down)).toMatchObject([{ act: 'set' }])
  expect(plan([held({ command: ['x'] })], applied([held()]))).toMatchObject([{ act: 'restart' }])
})

test('a job that failed runs again, one that is done or was cancelled does not', () => {
  const job = one({ d: { kind: 'job' } })
  const has = (more: Partial<Existing>) => applied([job]).map((each) => ({ ...each, ...more }))
  expect(plan([job], has({ ended: true, failed: true }))).toMatchObject([{ change: 'unchanged', act: 'start-again' }])
  expect(plan([job], has({ ended: true, failed: false }))).toMatchObject([{ change: 'unchanged', act: null }])
})

test('who leaves, and a set that older versions made of single processes', () => {
  const app = one({ d: { name: 'app', after: [{ name: 'web', condition: 'started' }] } })
  expect(plan([app], applied([one()])).at(-1)).toMatchObject({ name: 'web', change: 'leaving', replaced: false })
  const singles = ['web:0', 'web:1'].map((name) => one({ d: { name } }))
  expect(plan([numbered(2)], applied(singles)).map(({ name, change, replaced }) => [name, change, replaced])).toEqual([
    ['web', 'new', false],
    ['web:0', 'leaving', true],
    ['web:1', 'leaving', true],
  ])
})

test('a masked export is the same processes wherever its variables are set', () => {
  const web = one({ env: { SECRET: 's$1', 'a-b': '2' }, instances: 2, instanceEnv: [{ N: '0' }, { N: '1' }] })
  const text = writePtrackYaml([referring(web)])
  expect(text).not.toContain('s$')
  const env = { SECRET: 's$1', a_b: '2', N_0: '0', N_1: '1' }
  const [again] = readBack(text, env)
  expect([again!.env, again!.instanceEnv]).toEqual([web.env, web.instanceEnv])
})
