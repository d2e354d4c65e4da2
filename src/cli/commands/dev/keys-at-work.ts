/** Carries out what keys ask for, except what ends the session. */
import { spawn } from 'node:child_process'
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { isEnded } from '../../../protocol/names.ts'
import { fullName } from '../../../protocol/project.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { openKeyboard } from './keyboard.ts'
import { type Choices, type Deed, FREE, HELP, pasted, pressed, promptOf } from './keys.ts'
import type { Member } from './member.ts'
import type { Members } from './members.ts'
import type { Printer } from './printer.ts'
import type { Session } from './session.ts'

export interface KeysParts {
  context: Context
  printer: Printer
  members: Members
  session: Session
  project: string | null
  /** The terminal has gone. */
  gone(): void
  ends(how: 'interrupt' | 'quit' | 'detach'): void
}

export interface KeysAtWork {
  /** Nothing else is asked for any more; Ctrl-C still is. */
  ending(): Promise<void>
  close(): void
}

/** Null: there is no keyboard here. */
export function keysAtWork({ context, printer, members, session, project, gone, ends }: KeysParts): KeysAtWork | null {
  let keys = FREE
  let isEnding = false
  let guest: { end(): void; over: Promise<void> } | null = null

  const choices = (): Choices => {
    const all = members.all
    const names = all.map(({ name }) => name)
    return {
      all: names,
      restart: names,
      open: all.filter(({ url }) => url !== null).map(({ name }) => name),
      attach: all.filter(({ definition, view }) => definition?.tty && view?.pid != null).map(({ name }) => name),
    }
  }
  const whole = (name: string): string => fullName(project, name)
  const own = (text: string): void => printer.own(context.names.text(clean(text)))
  const failed = (error: unknown): void => {
    if (isEnding) return
    const { message, hint } = toErrorBody(error)
    own(hint ? `${message}; ${hint}` : message)
  }
  /** What has ended is started, and so belongs to this session. */
  const restart = (these: readonly Member[]): void => {
    const ended = these.filter(({ view }) => view !== null && isEnded(view.status))
    for (const { view } of ended) session.add(view!.fullName)
    const owner = session.owner === null ? {} : { session: session.owner }
    const ids = (some: readonly Member[]): string[] => some.map(({ id }) => id)
    const report = (results: readonly ActionResult[]): void => {
      if (isEnding) return
      // What another restart has overtaken is reported by that one.
      const isUnderWay = (view: ActionResult['view']): boolean => view?.status === 'retrying' || view?.status === 'completing'
      for (const { ok, error, view } of results) if (!ok && error !== null && !isUnderWay(view)) own(error.message)
    }
    const others = these.filter((each) => !ended.includes(each))
    if (ended.length > 0) context.request('start', { targets: ids(ended), ...owner }).then(report, failed)
    if (others.length > 0) context.request('restart', { targets: ids(others), dependents: true }).then(report, failed)
  }
  /** This terminal is that of another command of ours, until it ends. */
  const lend = (words: readonly string[]): void => {
    keyboard!.lend()
    printer.hold()
    const child = spawn(process.execPath, [process.argv[1]!, ...words, '--home', context.home], { stdio: 'inherit' })
    const over = new Promise<void>((resolve) => {
      child.once('error', failed)
      child.once('close', () => resolve())
    }).then(() => {
      guest = null
      keyboard!.takeBack()
      printer.release()
    })
    guest = { end: () => child.kill('SIGTERM'), over }
  }
  const open = async (name: string): Promise<void> => {
    const url = members.all.find((each) => each.name === name)?.url
    if (!url) return
    printer.own(`${name} is at ${url}`, name)
    const { openUrl } = await import('../web/open-url.ts')
    await openUrl(context, url).catch((error: unknown) => {
      if (!(error instanceof PtrackError)) throw error
      own(error.message)
    })
  }
  const perform = (deed: Deed): void => {
    switch (deed.do) {
      case 'restart':
        return restart(members.all.filter(({ name }) => name === deed.name))
      case 'restart-all':
        own('restarts all')
        return restart(members.all.filter(({ view }) => view?.kind === 'service'))
      case 'alone':
        printer.showAlone(deed.name)
        return own(deed.name === null ? 'shows all' : `shows only ${deed.name}; 0 shows all`)
      case 'match':
        printer.showMatching(deed.pattern)
        return own(deed.pattern === null ? 'shows all lines' : `shows only lines with ${deed.text}; 0 shows all`)
      case 'open':
        return void open(deed.name).catch(failed)
      case 'attach':
        return lend(['attach', whole(deed.name)])
      case 'view':
        return lend(['watch', ...(project === null ? members.all.map(({ id }) => id) : [`${project}/`])])
      case 'help':
        for (const line of HELP) own(line)
        return
      case 'refuse':
        return own(deed.why)
      case 'space':
        return printer.space()
      case 'suspend':
        return keyboard!.suspend()
      default:
        return ends(deed.do)
    }
  }
  const keyboard = openKeyboard({
    key: (key) => {
      if (isEnding && key !== 'ctrl-c') return
      const among = choices()
      const step = pressed(keys, key, among)
      keys = step.keys
      printer.ask(promptOf(keys, among))
      if (step.deed !== null) perform(step.deed)
    },
    paste: (text) => {
      keys = pasted(keys, text)
      printer.ask(promptOf(keys, choices()))
    },
    gone,
  })
  if (keyboard === null) return null
  return {
    ending: async () => {
      isEnding = true
      keys = FREE
      printer.ask(null)
      guest?.end()
      await guest?.over
    },
    close: () => keyboard.close(),
  }
}
