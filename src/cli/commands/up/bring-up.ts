/** From a file to running processes, for `up` and `import`: selection, plan, and carrying it out. */
import { existsSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { FileProcess } from '../../../files/file-process.ts'
import { withDependencies } from '../../../files/order.ts'
import { type Existing, type FileChoices, labelOf, type PlanEntry, planUp } from '../../../files/plan.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { fullName, namesOf } from '../../../protocol/project.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { nearest } from '../../../protocol/suggest.ts'
import type { Context } from '../../context.ts'
import { printResults, worstCode } from '../../output/results.ts'
import { type Applied, apply, type Facts } from './apply.ts'
import { beforeAll } from './before-all.ts'
import { existing, policies } from './existing.ts'
import { planLines } from './plan-text.ts'
import { type FileProject, inProject } from './project.ts'

const TIMEOUT_MS = 5 * 60_000

export interface BringUpOptions {
  prune?: boolean
  dryRun?: boolean
  /** Milliseconds. */
  timeout?: number
}

export interface Wanted {
  file: string
  /** Names are inside it. */
  project: FileProject
  processes: readonly FileProcess[]
  /** Names in the file that are not started now; they are not removed either. */
  kept: readonly string[]
  choices: FileChoices
  /** Some were asked for by name: all others of the file are left alone. */
  partly: boolean
}

/** The processes to start: those asked for, which start in any case, with their dependencies; or all. NOT_FOUND. */
export function choose(file: string, processes: readonly FileProcess[], only: readonly string[] | undefined): FileProcess[] {
  const waiting = new Map(processes.map(({ definition }) => [definition.name, definition.after ?? []]))
  for (const name of only ?? [])
    if (!waiting.has(name)) {
      const near = nearest(name, [...waiting.keys()])
      throw new PtrackError('NOT_FOUND', `cannot bring up ${name}: ${file} has no process of that name`, {
        hint: near ? `did you mean ${near}?` : `it has ${[...waiting.keys()].join(', ') || 'none'}`,
      })
    }
  const chosen = only ? withDependencies(only, waiting) : null
  return processes
    .filter(({ definition }) => chosen?.has(definition.name) ?? true)
    .map((each) => (only?.includes(each.definition.name) ? { ...each, autostart: true } : each))
}

export interface Plan {
  entries: PlanEntry[]
  has: readonly Existing[]
  facts: Facts
}

/** Errors are BAD_FILE; nothing is done. */
export async function planFor(context: Context, wanted: Wanted): Promise<Plan> {
  const { file, partly, project } = wanted
  const inFile = new Set([...wanted.processes.map(({ definition }) => definition.name), ...wanted.kept])
  const processes = inProject(wanted.processes, inFile, project.name)
  const kept = wanted.kept.map((name) => fullName(project.name, name))
  const names = new Set(processes.map(({ definition }) => definition.name))
  for (const name of [...names, ...kept]) context.names.learn(name)
  const rules = await beforeAll(policies(context))
  const has = await existing(context, { names, file })
  const over = new Set(has.filter(({ ended }) => ended).map(({ name }) => name))
  const facts = { file, project, choices: wanted.choices, policies: rules, ended: over }
  const up = new Set(has.filter(({ ended }) => !ended).map(({ name }) => name))
  const coming = new Set(processes.filter(({ autostart }) => autostart).map(({ definition }) => definition.name))
  const there = new Set(has.map(({ name }) => name))
  const isDown = (name: string): boolean =>
    !coming.has(name) && (names.has(name) ? !up.has(name) : kept.includes(name) && !there.has(name))
  for (const { definition, autostart } of processes) {
    const other = autostart ? definition.after?.find(({ name }) => isDown(name)) : undefined
    if (other)
      throw new PtrackError('BAD_FILE', `cannot bring up ${definition.name}: it waits for ${other.name}, which is not started`, {
        hint: `--only ${definition.name},${other.name} starts both`,
      })
  }
  const plan = planUp({ ...facts, processes, existing: has, kept })
  return { entries: partly ? plan.filter(({ change, replaced }) => change !== 'leaving' || replaced) : plan, has, facts }
}

/** Another existing file that owns this name; null = this one does, or none. */
export function otherFileOf({ definitions }: Existing, file: string): string | null {
  const other = labelOf(definitions[0]!)?.file ?? null
  return other === file || other === null || !existsSync(other) ? null : other
}

/**
 * DUPLICATE_NAME for a name that another file (`byHand`: or a person) uses for another program. What has ended passes from one
 * file of a directory to the next: a Procfile is followed by a ptrack.yaml, and one project may have several files by turns.
 */
export function refuseTaken({ entries, has, facts }: Plan, { byHand }: { byHand: boolean }): void {
  for (const { name, fields } of entries) {
    const there = has.find((each) => each.name === name)
    if (there === undefined || !fields.some(({ field }) => field === 'command' || field === 'cwd')) continue
    const whose = otherFileOf(there, facts.file)
    if (whose === null && !(byHand && labelOf(there.definitions[0]!) === null)) continue
    const isNeighbour = whose !== null && dirname(whose) === dirname(facts.file)
    if (isNeighbour && !there.lives) continue
    throw new PtrackError(
      'DUPLICATE_NAME',
      `cannot bring up ${name}: there is another process of that name${whose ? `, of ${whose}` : ''}`,
      {
        hint: isNeighbour
          ? `\`ptrack down -f ${basename(whose)}\` stops that file's, and then this one takes over; nothing was started`
          : whose
            ? 'give it another name in this file, or keep the two projects apart with --home DIR; --only takes the others; nothing was started'
            : `\`ptrack delete ${name}\` makes room, another name in the file keeps both; --only takes the others; nothing was started`,
      },
    )
  }
}

export const planAsJson = ({ entries }: Plan): Record<string, unknown>[] =>
  entries.map(({ name, change, act, fields }) => ({ ...namesOf(name), change, act, fields }))

/** Prints the plan and carries it out; with `--json` at the end as one object with `report`. Returns the exit code. */
export async function bringUp(context: Context, plan: Plan, options: BringUpOptions, report: object = {}): Promise<number> {
  const { entries, facts } = plan
  if (!context.json) {
    for (const line of planLines(entries, context.style, options.prune === true)) context.print(line)
    if (entries.length === 0) context.say('nothing to bring up')
  }
  if (options.dryRun) return 0
  const acting = entries.filter(({ act, replaced }) => act !== null && (act !== 'delete' || replaced || options.prune === true))
  const untouched = entries.filter(({ act, process }) => act === null && process?.autostart && process.definition.kind !== 'job')
  const results: ActionResult[] = []
  await apply(context, acting, untouched, facts, options.timeout ?? TIMEOUT_MS, (applied: Applied) => {
    results.push(...applied.results)
    if (!context.json) printResults(context, applied.verb, applied.results)
  })
  if (context.json) {
    const failed = results.find(({ ok }) => !ok)
    context.printJson({ ...(failed ? { error: failed.error } : {}), ...report, plan: planAsJson(plan), results })
  }
  if (worstCode(results) === 0) return 0
  // What has merely not come yet is no failure.
  return results.every(({ ok, error }) => ok || error?.code === 'TIMED_OUT') ? worstCode(results) : 1
}
