/** Lists of the whole fleet: asked of all nodes at once, and answered by exactly those that are here. */
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Asker, ToAgent } from '../../core/fleet/messages.ts'
import { askerOf, isAnswerId, nameIn, subjects } from '../../core/fleet/names.ts'
import { type Answered, LastRows, merged } from '../../core/fleet/rows.ts'
import { iso } from '../../core/iso.ts'
import type { SilentNode } from '../../protocol/fleet.ts'
import { fleetLimits } from '../../protocol/fleet-limits.ts'
import { monoMs } from '../../protocol/mono.ts'
import type { Filter } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { type BusConnection, newAnswerId } from './bus.ts'
import { asOfNode, decode, encode, type OwnNode, rightsOf } from './node.ts'
import { askDaemon } from './own-daemon.ts'

/** A list of many thousand rows, unpacked; more is no list. */
const MOST_BYTES = 64 * 1024 * 1024
const PART_BYTES = 512 * 1024
const PATIENCE_MS = 1000

interface Part {
  node: string
  part: number
  of: number
  error?: string
}

interface Asked {
  where: Filter
  answer: string
}

const NEWLINE = 10

export class Gathering {
  private readonly node: OwnNode
  private readonly last = new LastRows()

  constructor(node: OwnNode) {
    this.node = node
  }

  forget(node: string): void {
    this.last.forget(node)
  }

  /** The reply to `fleet.list`, as JSON. */
  async gather({ where, asker }: ToAgent & { kind: 'rows' }): Promise<string> {
    const { presence, membership } = this.node
    const self = membership.node
    const asked = JSON.stringify([asker, where])
    const own = this.rowsOf(asker, where).catch((error: Error) => error)
    const connection = await this.node.onBus(PATIENCE_MS)
    const silent: SilentNode[] = []
    const answered: Answered[] = []
    const nowMono = monoMs()
    const others = presence.names().filter((name) => name !== self)
    const sinceOf = (name: string): string => iso(presence.sinceOf(name, monoMs()) ?? Date.now())
    const present = connection === null ? [] : others.filter((name) => presence.stateOf(name, nowMono) === 'here')
    if (connection !== null) answered.push(...(await this.askOthers(connection, asker, where, present, asked)))
    const there = new Set(answered.map(({ node }) => node))
    for (const name of others) {
      if (there.has(name)) continue
      const isHere = present.includes(name)
      const why = isHere
        ? `it did not answer within ${fleetLimits.answerMs / 1000} s`
        : connection === null
          ? `the bus is away: ${this.node.facts.reason ?? 'not connected yet'}`
          : 'it is away'
      silent.push({ name, since: isHere ? null : sinceOf(name), why })
    }
    const rows = await own
    if (rows instanceof Error) silent.push({ name: self, since: null, why: rows.message })
    else answered.push({ node: self, rows })
    return JSON.stringify(merged(answered, silent, (node) => this.last.of(asked, node)))
  }

  serve(connection: BusConnection): (() => void)[] {
    const self = this.node.membership.node
    const stop = connection.subscribe(subjects.allRows, ({ subject, data }) => {
      const asker = askerOf(subject)
      const { where, answer } = (decode(data) ?? {}) as Partial<Asked>
      if (asker === null || !isAnswerId(answer) || where === undefined || asker.from === self) return
      void this.answer(connection, subjects.answer(asker.from, self, answer), asker, where)
    })
    return [stop]
  }

  private async answer(connection: BusConnection, reply: string, asker: Asker, where: Filter): Promise<void> {
    const { node } = this.node.membership
    const rights = rightsOf(this.node, asker)
    let packed: Buffer
    try {
      packed = gzipSync(JSON.stringify(await this.rowsOf(rights, where)), { level: 1 })
    } catch (error) {
      const head: Part = { node, part: 0, of: 0, error: error instanceof Error ? error.message : String(error) }
      connection.publish(reply, Buffer.concat([encode(head), Buffer.from('\n')]))
      return
    }
    const partBytes = Math.max(1024, Math.min(PART_BYTES, connection.payloadBytes - 4096))
    const of = Math.max(1, Math.ceil(packed.length / partBytes))
    for (let part = 0; part < of; part++) {
      const head: Part = { node, part, of }
      connection.publish(
        reply,
        Buffer.concat([encode(head), Buffer.from('\n'), packed.subarray(part * partBytes, (part + 1) * partBytes)]),
      )
    }
  }

  private askOthers(
    connection: BusConnection,
    asker: Asker,
    where: Filter,
    present: readonly string[],
    asked: string,
  ): Promise<Answered[]> {
    if (present.length === 0) return Promise.resolve([])
    return new Promise((resolve) => {
      const missing = new Set(present)
      const parts = new Map<string, Map<number, Buffer>>()
      const answered: Answered[] = []
      const self = this.node.membership.node
      const answer = newAnswerId()
      const done = (): void => {
        clearTimeout(timer)
        stop()
        resolve(answered)
      }
      const timer = setTimeout(done, fleetLimits.answerMs)
      const stop = connection.subscribe(subjects.answers(self, answer), ({ subject, data }) => {
        const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
        const end = bytes.indexOf(NEWLINE)
        const head = end < 0 ? null : (decode(bytes.subarray(0, end)) as Part | null)
        if (head === null || head.node !== nameIn(subject, 1) || !missing.has(head.node) || head.error !== undefined) return
        const own = parts.get(head.node) ?? new Map<number, Buffer>()
        parts.set(head.node, own.set(head.part, Buffer.from(bytes.subarray(end + 1))))
        if (own.size < head.of) return
        missing.delete(head.node)
        const one = unpack(head.node, Buffer.concat([...own].sort(([a], [b]) => a - b).map(([, part]) => part)))
        if (one !== null) {
          answered.push(one.answered)
          this.last.keep(asked, one.answered, Date.now(), one.chars)
        }
        if (missing.size === 0) done()
      })
      const question: Asked = { where, answer }
      connection.publish(subjects.rows(asOfNode(this.node, asker), self), encode(question))
    })
  }

  /** Of this node. */
  private rowsOf(asker: Asker, where: Filter): Promise<ProcessView[]> {
    const admit = { method: 'admit', params: { ...asker, node: this.node.membership.node } } as const
    return askDaemon(this.node.home, admit, { method: 'list', params: where }, fleetLimits.answerMs).catch((error: unknown) => {
      // A name that is not there, of a list of all nodes: no rows.
      if ((error as { code?: string }).code === 'NOT_FOUND') return []
      throw error
    })
  }
}

/** null for what no node sends. */
function unpack(node: string, packed: Buffer): { answered: Answered; chars: number } | null {
  try {
    const text = gunzipSync(packed, { maxOutputLength: MOST_BYTES }).toString('utf8')
    const rows: unknown = JSON.parse(text)
    return Array.isArray(rows) ? { answered: { node, rows: rows as ProcessView[] }, chars: text.length } : null
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code !== undefined) return null
    throw error
  }
}
