/** Requests straight to the daemon of a home, for what a test wants to see or set without the words of the CLI in between. */
import type { DefinitionInput } from '../../src/protocol/definition.ts'
import type { ActionResult, Input, Method, Reply } from '../../src/protocol/requests.ts'
import type { TestHome } from './daemon.ts'

/** One connection for one request; the daemon is started through the CLI when there is none. */
export async function ask<M extends Method>(t: TestHome, method: M, params: Input<M>): Promise<Reply<M>> {
  if (t.daemon() === null) await t.here.ok(['daemon', 'start'])
  return t.request(method, params)
}

/** Defines and starts one process in the directory of the test; throws the refusal. */
export async function define(
  t: TestHome,
  definition: Omit<DefinitionInput, 'cwd' | 'command'> & { command: string[]; cwd?: string },
  options: { noWait?: boolean } = {},
): Promise<ActionResult> {
  const [result] = await ask(t, 'start', {
    definition: { cwd: t.dir, ...definition },
    env: { caller: { PATH: process.env.PATH ?? '/usr/bin:/bin' }, set: {} },
    noWait: options.noWait ?? false,
  })
  return result!
}
