/** All processes of the file, as the daemon reports them: what is shown of them, and when they end the session. */
import type { Client } from '../../../client/client.ts'
import { reconnect } from '../../../client/log-stream.ts'
import { subscribeForever } from '../../../client/reconnecting.ts'
import { baseOf } from '../../../files/plan.ts'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import type { ErrorBody } from '../../../protocol/errors.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { EventType } from '../../../protocol/names.ts'
import { isEnded } from '../../../protocol/names.ts'
import { fullName, shortName } from '../../../protocol/project.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { type Member as Fated, REFUSED, type Rules, type Verdict, verdictOf } from './exit-rule.ts'
import { LogLinks } from './log-links.ts'
import { Member } from './member.ts'
import type { Printer } from './printer.ts'

const TYPES = [
  'processStarted',
  'processExit',
  'processError',
  'statusChange',
  'lifecycleFailed',
  'crashLoop',
] satisfies EventType[]
/** A daemon that restarts is back by then; else one is started. */
const RESTART_MS = 2000
/** What a person has stopped, perhaps to start it again. */
const SETTLED_MS = 1000

/** For the last lines of what ends all. */
const SAID_MS = 2000
/** For those of others before a start: longer than a request for output takes, shorter than a person waits. */
const SETTLED_SOON_MS = 200

export interface MembersOptions {
  rules: Rules
  /** Names whose lines are shown; null = all. */
  only: ReadonlySet<string> | null
  project: string | null
  /** A change of the file may mend what has failed. */
  watches: boolean
}

export class Members {
  /** The first end that counts, or an error that nothing cures. */
  readonly verdict: Promise<Verdict>
  /** What was there before is known. */
  readonly known: Promise<void>
  private readonly context: Context
  private readonly printer: Printer
  private readonly options: MembersOptions
  private readonly members = new Map<string, Member>()
  private readonly definitions = new Map<string, DefinitionInput>()
  /** Why those could not be started that are not there at all. */
  private readonly refused = new Map<string, string>()
  private readonly links: LogLinks
  private readonly over = new AbortController()
  private decide: (verdict: Verdict) => void = () => {}
  private refuse: (error: unknown) => void = () => {}
  private begun: () => void = () => {}
  private begins = true
  private complete = false
  private stopping = false
  private goneMs: number | null = null
  private settling: NodeJS.Timeout | null = null

  constructor(context: Context, printer: Printer, options: MembersOptions) {
    this.context = context
    this.printer = printer
    this.options = options
    this.verdict = new Promise((resolve, reject) => {
      this.decide = resolve
      this.refuse = reject
    })
    // Reported by who awaits it; it may fail before that.
    this.verdict.catch(() => undefined)
    this.known = new Promise((resolve, reject) => {
      this.begun = resolve
      this.verdict.catch(reject)
    })
    // Likewise.
    this.known.catch(() => undefined)
    this.links = new LogLinks(this.connect)
  }

  /** Full names and what the file says of them; those of an earlier version of the file stay. */
  use(definitions: readonly { definition: DefinitionInput; instances: number }[]): void {
    for (const { definition, instances } of definitions) {
      this.definitions.set(definition.name, definition)
      const names = instances > 1 ? Array.from({ length: instances }, (_, i) => `${definition.name}:${i}`) : [definition.name]
      this.printer.use(names.map((name) => this.shown(name)))
    }
    for (const member of this.members.values()) member.definition = this.definitionOf(fullName(this.options.project, member.name))
  }

  follow(): void {
    void this.listen().catch((error: unknown) => this.fail(error))
  }

  /** Whether all of the file has been started: before, that nothing runs means nothing. */
  brought(complete: boolean): void {
    this.complete = complete
    if (!complete) this.refused.clear()
    this.look()
  }

  /** Its start was refused: it is not there. */
  refuseStart(name: string, { message }: ErrorBody): void {
    this.refused.set(name, message)
    this.look()
  }

  /** It waits for what will not come. */
  block(name: string): void {
    for (const member of this.members.values()) if (fullName(this.options.project, member.name) === name) member.blocked = true
    this.look()
  }

  fail(error: unknown): void {
    this.refuse(error)
  }

  /** Alive, or to be started again. */
  get present(): Member[] {
    return this.all.filter(({ view }) => view !== null && !isEnded(view.status))
  }

  /** In the order of the file. */
  get all(): Member[] {
    const order = [...this.definitions.keys()]
    const place = ({ name }: Member): number => order.indexOf(baseOf(fullName(this.options.project, name)))
    return [...this.members.values()].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, 'en', { numeric: true }))
  }

  isOurs(name: string): boolean {
    return this.definitions.has(name) || this.definitions.has(baseOf(name))
  }

  /** From now on an end is no news for the rules. */
  ending(): void {
    this.stopping = true
    if (this.settling !== null) clearTimeout(this.settling)
  }

  async said(): Promise<void> {
    await Promise.all([...this.members.values()].map((member) => member.said()))
  }

  close(): void {
    this.over.abort()
    this.ending()
    for (const member of this.members.values()) member.close()
    this.links.close()
  }

  /** To the daemon that follows one that died, or one that is started. */
  readonly connect = async (): Promise<Client> => {
    const { context } = this
    const goneMs = this.goneMs ?? monoMs() - RESTART_MS
    const client = await reconnect(
      () => (monoMs() - goneMs < RESTART_MS ? context.connectOnly() : context.connectFresh()),
      () => this.over.signal.aborted,
    )
    return client ?? context.connectOnly()
  }

  private async listen(): Promise<void> {
    const feed = subscribeForever({ connect: this.connect, filter: { types: TYPES }, views: true, signal: this.over.signal })
    for await (const item of feed) {
      if (item.kind === 'connected') {
        if (this.goneMs !== null) this.printer.own('the daemon is back; no line is lost')
        this.goneMs = null
      } else if (item.kind === 'disconnected') this.away()
      else if (item.kind === 'event') this.takeEvent(item.event)
      else if (item.kind === 'snapshot') this.take(item.views, null)
      else this.take(item.changed, item.removed)
    }
  }

  private away(): void {
    if (this.goneMs !== null) return
    this.goneMs = monoMs()
    this.printer.own('the daemon is gone, reconnecting; the programs run on')
  }

  private takeEvent(event: PtrackEvent): void {
    if (event.process === null || event.id === null || !this.isOurs(event.process)) return
    const member = this.members.get(event.id) ?? this.added(event.id, event.process)
    member.seeEvent(event)
    if (this.options.rules.foreman && event.type === 'processExit') this.lookAtExit(member, event)
  }

  /** `removed`: null = all that are not among the views. */
  private take(views: readonly ProcessView[], removed: readonly string[] | null): void {
    const there = new Set(views.map(({ id }) => id))
    for (const id of removed ?? [...this.members.keys()].filter((each) => !there.has(each))) {
      const member = this.members.get(id)
      // What it wrote last may still be on its way.
      void member?.said().then(() => member.close())
      this.members.delete(id)
    }
    for (const view of views) {
      if (!this.isOurs(view.fullName)) continue
      const known = this.members.get(view.id)
      if (known !== undefined) known.seeView(view)
      else if (this.begins) this.added(view.id, view.fullName).found(view)
      else this.added(view.id, view.fullName).seeView(view)
    }
    this.begins = false
    this.begun()
    this.look()
  }

  private added(id: string, name: string): Member {
    const { context, printer, links, options } = this
    const shown = this.shown(name)
    const link = options.only === null || options.only.has(shown) || options.only.has(baseOf(shown)) ? links.next() : null
    const member = new Member(id, shown, {
      printer,
      link,
      words: (text) => context.names.text(clean(text)),
      lost: (text) => printer.own(text, shown),
      failed: (error) => this.fail(error),
      settled: () => Promise.race([this.said(), soon(SETTLED_SOON_MS)]),
    })
    context.names.learn(name)
    member.definition = this.definitionOf(name)
    this.members.set(id, member)
    return member
  }

  private definitionOf(name: string): DefinitionInput | null {
    return this.definitions.get(name) ?? this.definitions.get(baseOf(name)) ?? null
  }

  private shown(name: string): string {
    return this.options.project === null ? name : shortName(name)
  }

  private look(): void {
    if (this.stopping || this.begins) return
    const verdict = verdictOf(this.options.rules, this.fates(), this.complete)
    if (this.settling !== null) clearTimeout(this.settling)
    this.settling = null
    if (verdict === null) return
    if (!verdict.stopped) return this.conclude(verdict)
    this.settling = setTimeout(() => this.conclude(verdict), SETTLED_MS)
  }

  /** The restart that follows may be over before its view comes. */
  private lookAtExit(member: Member, { exitCode, signal, reason }: Extract<PtrackEvent, { type: 'processExit' }>): void {
    const { view } = member
    if (this.stopping || view === null || member.isRestarting) return
    const ended = { ...view, status: 'retrying' as const, exitCode, signal, reason }
    const verdict = verdictOf(this.options.rules, [{ ...this.fateOf(member, ended), name: member.name }], false)
    if (verdict !== null) this.conclude(verdict)
  }

  private conclude(verdict: Verdict): void {
    if (this.stopping) return
    this.ending()
    const member = this.all.find(({ name }) => name === verdict.name)
    // The last lines first, where they do not keep what else runs from its end.
    const late = soon(SAID_MS)
    const said = verdict.name === null ? this.said() : (member?.said() ?? Promise.resolve())
    void (this.present.length > 0 ? Promise.race([said, late]) : said).then(() => this.decide(verdict))
  }

  private fates() {
    const present = this.all.flatMap((member) => (member.view === null ? [] : [this.fateOf(member, member.view)]))
    const there = new Set(this.all.map(({ name }) => fullName(this.options.project, name)))
    const absent = this.options.watches ? [] : [...this.refused].filter(([name]) => !there.has(name))
    return [...present, ...absent.map(([name, why]) => refusedMember(this.shown(name), why))]
  }

  private fateOf({ name, before, blocked, definition }: Member, view: ProcessView) {
    const watched = this.options.watches || (definition?.watchFiles ?? []).length > 0
    return { name, view, before, blocked, watched, critical: definition?.critical === true }
  }
}

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref())

function refusedMember(name: string, reason: string): Fated {
  return { name, view: { ...REFUSED, reason }, before: false, critical: false, watched: false, blocked: false }
}
