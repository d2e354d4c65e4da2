/** Stays with what a file has brought: shows it, takes keys and signals, and ends as the rules say. */

import { monoMs } from '../../../protocol/mono.ts'
import type { Context } from '../../context.ts'
import { reportError } from '../../output/error-output.ts'
import type { Plan } from '../up/bring-up.ts'
import type { Watching } from '../up/on-change.ts'
import type { FileProject } from '../up/project.ts'
import { type Bringing, bringUp, withJobsAgain } from './bring-up.ts'
import { endBy } from './end-by-signal.ts'
import type { Verdict } from './exit-rule.ts'
import type { KeysAtWork } from './keys-at-work.ts'
import { Members } from './members.ts'
import type { DevOptions } from './options.ts'
import { Printer } from './printer.ts'
import { Session } from './session.ts'
import { stopOwn } from './stop.ts'

export interface Staying {
  file: string
  project: FileProject
  /** All files that took part. */
  reads: Set<string>
  first: Plan
  /** Reads the file again. */
  plan(): Promise<Plan>
  options: DevOptions
}

type End =
  | { kind: 'signal'; signal: NodeJS.Signals }
  | { kind: 'quit' }
  | { kind: 'detach' }
  | { kind: 'verdict'; verdict: Verdict }

/** npm and others pass on what the terminal has sent to the whole group. */
const ONE_WISH_MS = 100

export async function stay(outer: Context, { file, project, reads, first, plan, options }: Staying): Promise<number> {
  const { io, names } = outer
  const printer = new Printer(io, {
    json: outer.json,
    colors: outer.style.dim('x') !== 'x',
    timestamps: options.timestamps === true,
    prefix: options.prefix,
  })
  const context: Context = { ...outer, note: (text) => printer.own(names.text(text)) }
  const members = new Members(context, printer, {
    rules: { exitOn: options.exitOn ?? 'failure', codeFrom: options.exitCodeFrom ?? null, foreman: options.foreman === true },
    only: options.only === undefined ? null : new Set(options.only),
    project: project.name,
    watches: options.watch === true,
  })
  const session = new Session(project.name, { pid: process.pid, keep: options.keep === true })
  let over = false
  /** Never rejects. */
  let starting: Promise<void> = Promise.resolve()
  let presses = 0
  let last: { signal: NodeJS.Signals; ms: number } = { signal: 'SIGINT', ms: 0 }
  let finish: (end: End) => void = () => {}
  const asked = new Promise<End>((resolve) => {
    finish = resolve
  })
  let insist: () => void = () => {}
  const again = new Promise<void>((resolve) => {
    insist = resolve
  })
  const take = (signal: NodeJS.Signals): void => {
    // The reader, or the terminal, is gone: nothing can be shown any more. It is noticed in several ways, and is no wish to kill.
    const isGone = signal === 'SIGPIPE' || signal === 'SIGHUP'
    if (isGone) printer.mute()
    const nowMs = monoMs()
    if (presses > 0 && (isGone || (signal === last.signal && nowMs - last.ms < ONE_WISH_MS))) return
    last = { signal, ms: nowMs }
    if (presses++ === 0) finish({ kind: 'signal', signal })
    else insist()
  }
  const stopListening = io.onInterrupt(take)
  const bringing: Bringing = { context, members, printer, session, timeout: options.timeout, isOver: () => over }
  const use = ({ entries }: Plan): void =>
    members.use(
      entries.flatMap(({ process }) =>
        process === null ? [] : [{ definition: process.definition, instances: process.instances }],
      ),
    )
  use(first)
  // A key is pressed once, by a person: however soon the second one comes, it is meant.
  const ends = (how: 'interrupt' | 'quit' | 'detach'): void => {
    if (presses++ > 0) insist()
    else finish(how === 'interrupt' ? { kind: 'signal', signal: 'SIGINT' } : ({ kind: how } as End))
  }
  const keys = await keysHere()
  const watching = options.watch ? await watchFile() : null
  try {
    members.follow()
    await Promise.race([members.known, asked])
    if (keys !== null) printer.own('? shows the keys, d leaves all running, Ctrl-C stops what is started here')
    starting = bringUp(bringing, withJobsAgain(first), plan).then(
      () => members.brought(true),
      (error: unknown) => {
        if (!over) members.fail(error)
      },
    )
    const end = await Promise.race([asked, members.verdict.then((verdict): End => ({ kind: 'verdict', verdict }))])
    return await ended(end)
  } finally {
    over = true
    await watching?.close()
    members.close()
    keys?.close()
    stopListening()
  }

  async function ended(end: End): Promise<number> {
    over = true
    members.ending()
    await keys?.ending()
    if (end.kind === 'detach') {
      await session.release(context)
      printer.own(`left running: \`ptrack dev\` comes back to it, \`ptrack down\` stops it`)
      return 0
    }
    if (end.kind === 'verdict') printer.own(names.text(`${end.verdict.why}: dev ends`))
    else if (options.keep && end.kind === 'signal' && end.signal === 'SIGHUP') return endBy(end.signal)
    await stopOwn({ context, members, printer, session, starting, again })
    await Promise.race([members.said(), again])
    if (end.kind === 'verdict') return end.verdict.code
    if (end.kind === 'quit') return 0
    outer.close()
    keys?.close()
    return endBy(end.signal)
  }

  /** Loaded only where there are keys. */
  async function keysHere(): Promise<KeysAtWork | null> {
    if (outer.json || io.stdinKind() !== 'terminal' || !io.stdoutIsTty) return null
    const { keysAtWork } = await import('./keys-at-work.ts')
    return keysAtWork({ context, printer, members, session, project: project.name, gone: () => take('SIGHUP'), ends })
  }

  async function watchFile(): Promise<Watching> {
    const { onChange } = await import('../up/on-change.ts')
    return onChange(reads, async () => {
      if (over) return
      printer.own(`${file} has changed`)
      try {
        const next = await plan()
        use(next)
        members.brought(false)
        starting = bringUp(bringing, next, plan)
        await starting
        members.brought(true)
      } catch (error) {
        // Nothing is changed; the next version of the file may be right.
        reportError(names.error(error), {
          json: false,
          style: outer.errStyle,
          debug: false,
          out: io.out,
          err: (text) => printer.own(text.trimEnd().replace(/^\S*ptrack:\S* /, '')),
        })
      }
    })
  }
}
