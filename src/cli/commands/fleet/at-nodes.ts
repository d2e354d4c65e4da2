/** Commands about other nodes: `--node N`, and NAME@N among the operands. One of several nodes is done for each of them. */
import { PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { splitAtNode } from '../../../protocol/fleet.ts'
import { FLEET_WORD } from '../../../protocol/fleet-jobs.ts'
import type { AnyCommand, CommandLine } from '../../command.ts'
import type { Context } from '../../context.ts'
import { exitCodeOf, reportError } from '../../output/error-output.ts'
import type { ParsedCommand } from '../../parse-command.ts'
import { farContext } from './context-at.ts'
import { mergedJson, named, type Printed } from './merged-json.ts'

interface Group {
  /** null = this one. */
  node: string | null
  operands: string[]
  /** The same as they were typed. */
  typed: string[]
}

/** Commands of which only the first operand names a process. */
const FIRST_ONLY: ReadonlySet<string> = new Set(['exec', 'send', 'scale', 'attach'])
/** With --fleet. */
const OF_ALL: ReadonlySet<string> = new Set(['events', 'watch', 'run', 'limits', 'limits set'])
/** Words before the names that go to every node. */
const LEADING: Readonly<Record<string, number>> = { signal: 1 }
/** They print as they go, a JSON object per line. */
const FLOWING: ReadonlySet<string> = new Set(['logs', 'events', 'watch', 'attach', 'exec', 'run'])

/** The exit code; null where all of it is about this node. */
export async function atNodes(spec: AnyCommand, parsed: ParsedCommand, context: Context): Promise<number | null> {
  const groups = await groupsOf(spec, parsed, context)
  if (groups === null) return null
  if (spec.local || spec.name.startsWith('fleet'))
    throw new PtrackError('USAGE', `cannot run \`ptrack ${spec.name}\` on another node: it is about this machine`, {
      hint: 'do it there',
    })
  for (const note of parsed.notes) context.note(note)
  const several = groups.length > 1
  if (several && (FIRST_ONLY.has(spec.name) || spec.name === 'watch'))
    throw new PtrackError('USAGE', `cannot ${spec.name} on several nodes at once`, { hint: 'name processes of one of them' })
  const isJson = context.json && !FLOWING.has(spec.name)
  // What prints at its end is printed in the order of the command line.
  const held = several && !FLOWING.has(spec.name)
  const outcomes = await Promise.all(
    groups.map(async (group) => {
      const printed: Printed = { node: group.node, text: '', error: null, operands: group.operands }
      const there = contextOf(context, group, printed, { isHeld: held || isJson, several })
      try {
        const code = await parsed.action(there, group.operands as never, parsed.options, lineOf(parsed, group))
        return { printed, code, report: null }
      } catch (error) {
        const shown = there.names.error(error)
        // Whatever is no error of ours is a bug, and shown as one.
        if (!(shown instanceof PtrackError) || !several) throw shown
        printed.error = toErrorBody(shown)
        return { printed, code: exitCodeOf(printed.error), report: shown }
      } finally {
        there.close()
      }
    }),
  )
  if (isJson)
    context.printJson(
      mergedJson(
        outcomes.map(({ printed }) => printed),
        several,
      ),
    )
  for (const { printed, report } of outcomes) {
    if (held && !isJson) context.io.out(printed.text)
    if (report !== null && !isJson)
      reportError(report, { json: false, style: context.errStyle, debug: false, out: context.io.out, err: context.io.err })
  }
  return outcomes.reduce((worst, { code }) => Math.max(worst, code), 0)
}

async function groupsOf(spec: AnyCommand, parsed: ParsedCommand, context: Context): Promise<Group[] | null> {
  const { node, fleet } = parsed.options as { node?: string; fleet?: boolean }
  // What is about all nodes asks this one; which of them are meant is its own matter.
  if (fleet === true && OF_ALL.has(spec.name) && context.remote === null) return null
  const operands = parsed.operands as string[]
  if (context.remote !== null) {
    if (node === undefined) return null
    throw new PtrackError('USAGE', `cannot reach the node ${node} through the context ${context.remote.name}`, {
      hint: 'add --context local',
    })
  }
  const isNames = spec.operands === 'names' || spec.operands === 'names and files'
  if (node === undefined && (!isNames || spec.name === 'dev')) return null
  const words = node !== undefined ? [`all@${node}`] : FIRST_ONLY.has(spec.name) ? operands.slice(0, 1) : operands
  // What follows `--` is a command.
  if (node === undefined && spec.name === 'start' && parsed.line.literal.length > 0) return null
  const client = await context.clientIfHome()
  if (client === null) {
    if (node === undefined) return null
    throw noFleet(node)
  }
  if (spec.name === 'wait' && words.some((word) => splitAtNode(word)?.node === FLEET_WORD))
    await (await import('./await-places.ts')).awaitPlaces(context, words, parsed.options)
  const resolved = await client.request('fleet.resolve', { words })
  if (node !== undefined) {
    if (resolved.node === null) throw noFleet(node)
    return node === resolved.node ? null : [{ node, operands: operands.map((word) => withoutNode(word, node)), typed: operands }]
  }
  for (const unknown of resolved.unknown)
    context.note(`no node ${unknown} has been seen; \`ptrack fleet ls\` lists those that have`)
  if (resolved.words.every((word) => word === null)) return null
  // `ptrack start ssh me@n2` is a command, though there is a node n2.
  if (spec.name === 'start' && !(await areAllNames(context, operands, resolved.words))) return null
  const groups = new Map<string | null, Group>()
  const leading = operands.slice(0, LEADING[spec.name] ?? 0)
  let last: Group | null = null
  for (const [index, word] of operands.entries()) {
    if (index < leading.length) continue
    const far = resolved.words[index] ?? null
    const at = far === null || far.node === resolved.node ? null : far.node
    // What follows the only name belongs to it.
    const group: Group =
      last !== null && FIRST_ONLY.has(spec.name)
        ? last
        : (groups.get(at) ?? { node: at, operands: [...leading], typed: [...leading] })
    groups.set(group.node, group)
    group.operands.push(far === null ? word : far.target)
    group.typed.push(word)
    last = group
  }
  return [...groups.values()]
}

const withoutNode = (word: string, node: string): string =>
  typeof word === 'string' && word.length > node.length + 1 && word.endsWith(`@${node}`) ? word.slice(0, -node.length - 1) : word

async function areAllNames(context: Context, operands: string[], words: readonly (object | null)[]): Promise<boolean> {
  const local = operands.filter((_, index) => words[index] === null)
  if (local.length === 0) return true
  const found = await Promise.all(
    local.map((word) =>
      context.request('list', { targets: [word], all: true }).catch((error: unknown) => {
        if (error instanceof PtrackError && error.code === 'NOT_FOUND') return []
        throw error
      }),
    ),
  )
  return found.every((views) => views.length > 0)
}

/** The line as if only this group had been typed, for commands that read it again. */
function lineOf(parsed: ParsedCommand, group: Group): CommandLine {
  const typed = [...(parsed.operands as string[])]
  const meant = new Map(group.typed.map((word, index) => [word, group.operands[index]!]))
  const argv = parsed.line.argv.flatMap((word) => {
    if (word !== typed[0]) return [word]
    typed.shift()
    const own = meant.get(word)
    return own === undefined ? [] : [own]
  })
  return { ...parsed.line, argv }
}

const noFleet = (node: string): PtrackError =>
  new PtrackError('NO_FLEET', `cannot reach the node ${node}: this home is in no fleet`, {
    hint: '`ptrack fleet create` makes one, `ptrack fleet join TOKEN` brings it into one',
  })

function contextOf(
  context: Context,
  { node }: Group,
  printed: Printed,
  { isHeld, several }: { isHeld: boolean; several: boolean },
): Context {
  const { io } = context
  const label = (text: string): string => (context.json ? named(text, node) : text)
  const out = (text: string): void => {
    if (isHeld) printed.text += text
    else io.out(label(text))
  }
  const pour: typeof io.pour = (stream, data) =>
    io.pour(stream, stream === 'out' && typeof data === 'string' ? label(data) : data)
  if (node === null) {
    const here = context.anew({ out, pour }, context.json)
    here.names.several = several
    return here
  }
  return farContext(context, node, several, { out, pour })
}
