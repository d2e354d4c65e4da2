/** This command on another node of the fleet. */
import { connectThroughFleet } from '../../../client/through-fleet.ts'
import type { Context } from '../../context.ts'
import { NodeNames } from './node-names.ts'

/** With names of its processes as they are called here, and what is said of them under the name of the node. */
export function farContext(context: Context, node: string, several: boolean, io: Parameters<Context['through']>[1]): Context {
  const names = new NodeNames(context.json, node)
  names.several = several
  const { home } = context
  const there = context.through(
    { name: node, url: '', token: null, names, connect: (more) => connectThroughFleet(node, { home, ...more }) },
    io,
  )
  there.note = (line) => context.io.err(`ptrack: ${node}: ${names.text(line)}\n`)
  return there
}

/** The same for one node alone, which may be this one. */
export async function contextAt(context: Context, node: string): Promise<Context> {
  const { node: self } = await context.request('fleet.resolve', { words: [] })
  return node === self ? context.anew({}, context.json) : farContext(context, node, false, {})
}
