/** A job under its name, or under one that is free. */
import type { DefinitionInput } from '../../protocol/definition.ts'
import { fromErrorBody, PtrackError } from '../../protocol/errors.ts'
import type { ActionResult, EnvCapture, Input } from '../../protocol/requests.ts'
import type { Context } from '../context.ts'

/** Six hexadecimal digits; the daemon refuses a taken name, so weak randomness is enough (node:crypto costs 2 ms to load). */
const suffix = (): string =>
  Math.floor(Math.random() * 0x1000000)
    .toString(16)
    .padStart(6, '0')

/** A generated name may be taken by an earlier run of the same command. `--replace`: an ended job makes room. */
export async function submitJob(
  context: Context,
  definition: DefinitionInput,
  env: EnvCapture,
  options: { name?: string; owner?: string; replace?: boolean; projectDirectory?: string },
  more: Pick<Input<'start'>, 'inputFrom' | 'terminalInputFrom' | 'terminal' | 'autoRemove' | 'caller'> = {},
): Promise<ActionResult> {
  const ask = async (name: string): Promise<ActionResult> => {
    const [result] = await context.request('start', {
      definition: { ...definition, name },
      env,
      projectDirectory: options.projectDirectory,
      owner: options.owner,
      ...more,
      noWait: true,
    })
    if (result === undefined) throw new PtrackError('INTERNAL', 'cannot run: the daemon gave no result')
    if (result.error?.code === 'DUPLICATE_NAME') throw fromErrorBody(result.error)
    return result
  }
  let { name } = definition
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(name)
    } catch (error) {
      if (attempt === 5 || !(error instanceof PtrackError) || error.code !== 'DUPLICATE_NAME') throw error
      if (options.replace && error.details?.replaceable === true) await forget(context, String(error.details.id))
      else if (options.name !== undefined || options.replace) throw error
      else name = `${definition.name}-${suffix()}`
    }
  }
}

export async function forget(context: Context, id: string): Promise<void> {
  const [result] = await context.request('delete', { targets: [id] })
  // Deleted by somebody else: just as good.
  if (result?.error && result.error.code !== 'NOT_FOUND') throw fromErrorBody(result.error)
}
