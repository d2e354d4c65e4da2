/** What must be so after each death of a daemon, and at the end of a storm. Every check returns what is wrong, in words. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { HistoryRow } from '../../../src/protocol/history.ts'
import { isEnded } from '../../../src/protocol/names.ts'
import type { ProcessView } from '../../../src/protocol/view.ts'
import { wholeText } from '../../adapters/support/logs.ts'
import type { TestHome } from '../daemon.ts'
import { statOf } from '../proc.ts'
import type { Job, StormClient, StormFiles } from './client.ts'

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '')
function grouped<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}
const all = (t: TestHome): Promise<ProcessView[]> => t.here.json<ProcessView[]>(['ls', '--all'])

/** The one daemon, a state that parses, one leader a service, and what was acknowledged is what is wanted. */
export async function holdsAfterAKill(t: TestHome, clients: StormClient[]): Promise<string[]> {
  const wrong: string[] = []
  const views = await all(t)
  const daemons = t.daemons()
  if (daemons.length !== 1) wrong.push(`${daemons.length} daemons`)
  JSON.parse(readFileSync(join(t.home, 'process-state.json'), 'utf8'))

  const marked = t.processes().filter((one) => one.id !== null)
  for (const view of views.filter((each) => each.kind === 'service')) {
    const programs = marked.filter(
      (one) => one.id === view.id && one.command.some((word) => word.endsWith('numbers-its-lines.py')),
    )
    const leaders = programs.filter((one) => statOf(one.pid)?.session === one.pid)
    // A run that is being ended may live beside none, never beside the next one.
    if (new Set(leaders.map((one) => one.run)).size > 1) wrong.push(`${view.name} has leaders ${JSON.stringify(leaders)}`)
  }
  for (const service of clients.flatMap((client) => client.services)) {
    const mine = views.filter((view) => view.name === service.name || view.name.startsWith(`${service.name}:`))
    const say = (what: string): number =>
      wrong.push(
        `${service.name} ${what}: ${mine.map((view) => `${view.name} ${view.wanted} ${view.status} ${view.title}`).join(', ')}`,
      )
    if (service.instances !== null && mine.length !== service.instances)
      say(`has ${mine.length} of ${service.instances} instances`)
    if (service.instances === null) continue
    if (service.up !== null && mine.some((view) => view.wanted !== (service.up ? 'up' : 'down')))
      say(`should be ${service.up ? 'up' : 'down'}`)
    if (service.title !== null && mine.some((view) => view.title !== service.title)) say(`should be called ${service.title}`)
  }
  return wrong
}

/** Waits until nothing moves any more, and every service is what it is wanted to be. */
export async function settles(t: TestHome): Promise<ProcessView[]> {
  const rests = (view: ProcessView): boolean =>
    view.kind === 'service' ? view.status === (view.wanted === 'up' ? 'running' : 'stopped') : isEnded(view.status)
  return t.until(
    async () => {
      const views = await all(t)
      return views.every(rests) && views
    },
    'all is settled',
    60_000,
  )
}

/** Acknowledged jobs ran once and have their outcome; the others ran once or never. */
export async function jobsAreRight(
  t: TestHome,
  jobs: Job[],
  files: StormFiles,
  views: ProcessView[],
  rows: HistoryRow[],
): Promise<string[]> {
  const wrong: string[] = []
  const runs = grouped(existsSync(files.runs) ? lines(readFileSync(files.runs, 'utf8')) : [], (line) => line.split(' ')[0]!)
  const byName = grouped(views, (view) => view.name)
  const rowsOf = grouped(rows, (row) => row.name)
  for (const job of jobs) {
    const ran = runs.get(job.name)?.length ?? 0
    const mine = byName.get(job.name) ?? []
    const expected = job.acknowledged ? 1 : mine.length
    if (mine.length > 1 || mine.length !== expected)
      wrong.push(`${job.name}: ${mine.length} views, acknowledged ${job.acknowledged}`)
    if (ran !== expected) wrong.push(`${job.name} ran ${ran} times, ${expected} expected`)
    const [view] = mine
    if (view === undefined) continue
    const status = job.code === 0 ? 'done' : 'failed'
    if (view.status !== status || view.exitCode !== job.code || view.results !== job.rows)
      wrong.push(
        `${job.name} is ${view.status} ${view.exitCode} with ${view.results} results: ${status} ${job.code} with ${job.rows} expected`,
      )
    const history = (rowsOf.get(job.name) ?? []).map((row) => `${row.run} ${row.outcome} ${row.exitCode} ${row.results}`)
    if (history.join() !== `1 ${status} ${job.code} ${job.rows}`) wrong.push(`history of ${job.name}: ${history.join(', ')}`)
    const file = join(t.home, 'results', `${view.id}.jsonl`)
    const kept = existsSync(file)
      ? lines(readFileSync(file, 'utf8')).map((line) => (JSON.parse(line) as { row: { n: number } }).row.n)
      : []
    if (kept.join() !== Array.from({ length: job.rows }, (_, n) => n + 1).join())
      wrong.push(`results of ${job.name}: ${kept.join()}`)
  }
  return wrong
}

/** Each run has one row, and the runs of a process count from 1 without a gap. */
export function historyIsRight(rows: HistoryRow[], views: ProcessView[]): string[] {
  const wrong: string[] = []
  for (const [id, mine] of grouped(rows, (row) => row.id)) {
    const runs = mine.map((row) => row.run).sort((a, b) => a - b)
    if (runs.some((run, n) => run !== n + 1)) wrong.push(`history of ${mine[0]!.name} (${id}) has runs ${runs.join()}`)
    const view = views.find((each) => each.id === id)
    const ended = view && (isEnded(view.status) ? view.run : view.run - 1)
    if (ended !== undefined && runs.length !== ended)
      wrong.push(`${view!.name} has had ${ended} runs, its history ${runs.length}`)
  }
  if (new Set(rows.map((row) => row.runId)).size !== rows.length) wrong.push('a run id stands twice in the history')
  return wrong
}

/** Numbered lines of each run: none is missing, doubled or out of order, and none that was written is not there. */
export function logsAreRight(t: TestHome, files: StormFiles): { wrong: string[]; count: number } {
  const wrong: string[] = []
  const last = new Map<string, number>()
  let count = 0
  const folder = join(t.home, 'logs')
  const names = readdirSync(folder).flatMap((file) => /^(.*)\.out\.log$/.exec(file)?.[1] ?? [])
  // A kill may tear a long line: the next run then goes on behind its padding.
  for (const name of names)
    for (const [, id, run, n] of wholeText(folder, name)
      .replaceAll(/ x+/g, '\n')
      .matchAll(/^(\w+) (\d+) (\d+)$/gm)) {
      count++
      const key = `${id}-${run}`
      if (Number(n) !== (last.get(key) ?? 0) + 1)
        wrong.push(
          `${name}: line ${n} of ${key} follows ${last.get(key) ?? 0} (${readdirSync(folder)
            .filter((file) => file.startsWith(name))
            .join(' ')})`,
        )
      last.set(key, Number(n))
    }
  for (const key of readdirSync(files.counts)) {
    const written = Number(readFileSync(join(files.counts, key), 'utf8'))
    const read = last.get(key) ?? 0
    // It may have been killed between a line and the note of it.
    if (read !== written && read !== written + 1) wrong.push(`${key} has written ${written} lines, and ${read} are there`)
  }
  return { wrong, count }
}
