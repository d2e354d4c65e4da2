/** attach: what it takes before and after a terminal is shown here. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from '../../../client/client.ts'
import { logBytes } from '../../../client/log-bytes.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { detachKeys } from '../../../protocol/terminal-keys.ts'
import type { Attachment } from '../../../protocol/terminal-requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { shellCode } from '../../output/shell-code.ts'
import { Modes } from './modes.ts'
import { type Beginning, showTerminal } from './session.ts'

/** So far back is looked for what the program has set the terminal to. */
const BACK = 128 * 1024

/** How long a program may take to notice a change of the size; what draws nothing then has the other size for as long. */
const DRAWN_MS = 500
const NOTICED_MS = 100

export interface AttachOptions {
  detachKeys?: string
  input: boolean
}

export async function attachTo(context: Context, target: string, options: AttachOptions): Promise<number> {
  const keys = detachKeys(options.detachKeys)
  const client = await context.clientIfHome()
  if (client === null)
    throw new PtrackError('NOT_FOUND', `cannot attach to '${target}': there is no such process`, {
      hint: '`ptrack ls --all` shows what there is',
    })
  const attached = await client.request('attach', { target })
  const { id, run, from, name } = attached
  const mayType = options.input && (await isAllowed(context, client, attached))
  const modes = new Modes()
  modes.read(await before(client, attached))
  const end = await showTerminal(context, client, { id, run, from, keys, types: mayType, modes }, async (beginning) => {
    context.io.out(modes.on)
    if (mayType) await drawAgain(client, id, beginning)
  })
  if (end.left) {
    context.note(`left ${clean(name)}, which runs on; \`ptrack attach ${clean(name)}\` comes back`)
    return 0
  }
  const [view] = await end.client.request('list', { targets: [id], all: true })
  if (view === undefined) return 0
  context.note(`${clean(name)} has ended${view.run > run ? ', and was started again' : ''}`)
  return view.run > run ? 0 : shellCode(view)
}

/** A viewer may look. Typing nothing changes nothing, and shows it. */
async function isAllowed(context: Context, client: Client, { id, name }: Attachment): Promise<boolean> {
  try {
    await client.request('send', { target: id, text: '' })
    return true
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    // It is only just starting.
    if (error.code === 'NOT_RUNNING') return true
    if (error.code !== 'DENIED') throw error
    context.note(`you may look at ${clean(name)}, and not type (${error.hint ?? error.message}); Ctrl-C leaves`)
    return false
  }
}

async function before(client: Client, { id, run, from }: Attachment): Promise<Buffer> {
  const reply = await logBytes(client, { target: id, stream: 'out', run, from: Math.max(0, from - BACK) })
  return reply.bytes.subarray(0, Math.max(0, from - reply.from))
}

/** Programs draw anew when their terminal changes its size, and only then. Two changes that a busy one meets at once are none to it. */
async function drawAgain(client: Client, target: string, { size, output }: Beginning): Promise<void> {
  const { rows, columns } = size()
  try {
    // What was on its way before is no answer.
    const drawn = Promise.all([output(DRAWN_MS), pause(NOTICED_MS)])
    await client.request('resize', { target, columns, rows: rows > 1 ? rows - 1 : 2 })
    await drawn
    await client.request('resize', { target, ...size() })
  } catch (error) {
    // It has just ended, or the daemon has gone: the session notices.
    if (!(error instanceof PtrackError)) throw error
  }
}
