/** show, why, tree, port and env: what is so, told without changing anything. */

import { stepsOutcome, stepTree } from '../../core/steps.ts'
import { liveOf, toRunView } from '../../core/to-view.ts'
import { membersOf, type TableIndex } from '../../core/tree.ts'
import type { ProcessRow } from '../../core/world.ts'
import { instanceVariables } from '../../protocol/instance-env.ts'
import { isLive } from '../../protocol/names.ts'
import type { Params } from '../../protocol/requests.ts'
import type { DescendantView, EnvView, PortHolderView, ProcessDetail, RunView, WhyView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { evidenceOf, type Managed, nameOf } from '../registry.ts'
import { envNameOf } from './define.ts'
import { lastLines } from './last-words.ts'
import { selectAll } from './select.ts'

/** Of the newest failed run: enough for the line that names the error above a long stack. Of earlier ones half of it. */
const FAILURE_LINES = 40
const MASK = '***'

export async function show(supervisor: Supervisor, params: Params<'show'>): Promise<ProcessDetail[]> {
  const index = supervisor.trees.index()
  return selectAll(supervisor, params.targets).map((managed) => ({
    ...supervisor.views.of(managed),
    definition: managed.record.definition,
    runs: [...managed.record.runs.map(toRunView), ...liveRunView(managed)],
    steps: stepTree(
      managed.record.tracking?.steps ?? [],
      endOfSteps(supervisor, managed),
      stepsOutcome(managed.record.tracked.state.status),
    ),
    descendants: descendantsOf(supervisor, managed, index),
  }))
}

/** The run that lives is one of its runs too, the newest. */
function liveRunView({ record }: Managed): RunView[] {
  const { state } = record.tracked
  const live = liveOf(state)
  if (live === null || !('run' in state)) return []
  return [
    {
      run: state.run.number,
      runId: state.run.id,
      startedAt: new Date(live.startedAtMs).toISOString(),
      endedAt: null,
      outcome: null,
      reason: null,
      exitCode: null,
      signal: null,
      adopted: live.adopted,
    },
  ]
}

/** Steps of a run that is over went on until its end at the latest. */
function endOfSteps({ world }: Supervisor, { record }: Managed): number {
  return isLive(record.tracked.state.status) ? world.clock.wall() : (record.endedAtMs ?? world.clock.wall())
}

export async function tree(
  supervisor: Supervisor,
  params: Params<'tree'>,
): Promise<{ name: string; processes: DescendantView[] }[]> {
  const index = supervisor.trees.index()
  return selectAll(supervisor, params.targets).map((managed) => ({
    name: nameOf(managed),
    processes: descendantsOf(supervisor, managed, index),
  }))
}

/** Parents before children; what has lost its parent stands at the top, as it does in the kernel. */
function descendantsOf(supervisor: Supervisor, managed: Managed, index: TableIndex): DescendantView[] {
  const evidence = evidenceOf(managed)
  if (evidence === null) return []
  const { table } = supervisor.world
  const members = membersOf(index, evidence)
  const pids = new Set(members.map((row) => row.pid))
  const byParent = new Map<number, ProcessRow[]>()
  for (const row of members.sort((a, b) => a.startTicks - b.startTicks || a.pid - b.pid)) {
    const parent = pids.has(row.ppid) && row.ppid !== row.pid ? row.ppid : 0
    byParent.set(parent, [...(byParent.get(parent) ?? []), row])
  }
  const views: DescendantView[] = []
  const visit = (parent: number, depth: number): void => {
    for (const row of byParent.get(parent) ?? []) {
      const identity = { pid: row.pid, startTicks: row.startTicks, bootId: table.bootId }
      views.push({
        pid: row.pid,
        ppid: row.ppid,
        startTime: new Date(table.startedAtMs(identity)).toISOString(),
        command: table.commandLine(row.pid).join(' ') || `[${row.comm}]`,
        cpuPercent: null,
        memoryBytes: row.rssBytes,
        depth,
      })
      visit(row.pid, depth + 1)
    }
  }
  visit(0, 0)
  return views
}

export function why(supervisor: Supervisor, params: Params<'why'>): Promise<WhyView[]> {
  return Promise.all(
    selectAll(supervisor, params.targets).map(async (managed) => {
      const { runs, timeline } = managed.record
      const failed = runs.filter((run) => !['done', 'stopped', 'cancelled'].includes(run.outcome)).slice(-5)
      const failures = await Promise.all(
        failed.map(async (run, n) => ({
          run: run.ref.number,
          at: new Date(run.endedAtMs).toISOString(),
          reason: run.reason ?? 'unknown',
          lines: await lastLines(
            supervisor,
            managed,
            { run: run.ref.number, stream: 'err' },
            n === failed.length - 1 ? FAILURE_LINES : FAILURE_LINES / 2,
          ),
        })),
      )
      return { view: supervisor.views.of(managed), timeline, failures }
    }),
  )
}

export async function port(supervisor: Supervisor, params: Params<'port'>): Promise<PortHolderView[]> {
  const { table } = supervisor.world
  const listeners = table.listeners().filter((listener) => listener.port === params.port)
  const holders = table.holders(new Set(listeners.map((listener) => listener.inode)), null)
  const index = supervisor.trees.index()
  return listeners.map(({ address, inode }) => {
    const pid = holders.get(inode) ?? null
    const identity = pid === null ? null : table.identityOf(pid)
    const owner = [...supervisor.registry.all()].find((managed) =>
      supervisor.trees.members(managed, index).some((row) => row.pid === pid),
    )
    return {
      port: params.port,
      address,
      pid,
      command: pid === null ? null : table.commandLine(pid).join(' '),
      startTime: identity === null ? null : new Date(table.startedAtMs(identity)).toISOString(),
      process: owner ? nameOf(owner) : null,
    }
  })
}

/** What the program is started with the next time; values are masked unless the owner asks for them. */
export async function env(supervisor: Supervisor, params: Params<'env'>): Promise<EnvView[]> {
  const show = (name: string, value: string): string => (params.reveal && name !== 'PTRACK_TOKEN' ? value : MASK)
  return selectAll(supervisor, params.targets).map((managed) => {
    const stored = supervisor.world.envs.read(envNameOf(managed.record.definition)) ?? { caller: {}, set: {} }
    const { instance } = managed.record.definition
    const set = { ...stored.set, ...(instance === null ? {} : instanceVariables(stored.each ?? [], instance.index)) }
    const shown = (variables: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, show(name, value)]))
    const view: EnvView = { name: nameOf(managed), env: shown({ ...stored.caller, ...set }), set: Object.keys(set).sort() }
    if (stored.each !== undefined) view.each = stored.each.map(shown)
    if (params.caller === undefined) return view
    const { caller } = params
    const names = [...new Set([...Object.keys(stored.caller), ...Object.keys(caller)])].sort()
    const differing = names.filter((name) => set[name] === undefined && stored.caller[name] !== caller[name])
    view.diff = differing.map((name) => ({
      name,
      stored: stored.caller[name] === undefined ? null : show(name, stored.caller[name]),
      caller: caller[name] === undefined ? null : show(name, caller[name]),
    }))
    return view
  })
}
