/** checkpoint: lets a program inside a process be paused or cancelled here. */
import { isAway, reconnect } from '../../client/log-stream.ts'
import { limits } from '../../protocol/limits.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { Speaker } from '../../protocol/tracking.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { patientClient, speakerOf } from '../input/speaker.ts'
import { nameOption } from '../input/track-options.ts'

const CODES = { go: 0, cancel: 1, wait: 3 } as const

/** Survives restarts of the daemon: a pause continues. `null`: there was no daemon, so nothing was requested. */
async function passed(context: Context, who: Speaker, waits: boolean): Promise<Reply<'checkpoint'>['action'] | null> {
  let asked = false
  for (;;) {
    try {
      const client = asked ? (await reconnect(context.connectOnly, () => false))! : await patientClient(context)
      for (;;) {
        const { action } = await client.request('checkpoint', { who, waitMs: waits ? limits.longPollMs : 0 })
        asked = true
        if (action !== 'wait' || !waits) return action
      }
    } catch (error) {
      if (!isAway(error)) throw error
      if (!asked) return null
    }
  }
}

export const checkpoint: CommandSpec = {
  name: 'checkpoint',
  group: 'inside',
  summary: 'mark a pause point: wait while paused, exit 1 when asked to end',
  define: (command) => {
    nameOption(command).option('--no-wait', 'exit 3 instead of waiting when asked to pause')
    command.addHelpText('after', '\nExample:\n  for file in *.csv; do ptrack checkpoint || exit; ./work "$file"; done')
    return async (context, _args, options) => {
      const who = speakerOf(context, 'checkpoint', options.name as string | undefined)
      const action = await passed(context, who, options.wait !== false)
      // Work must not end because its supervisor is away.
      if (action === null) context.note('the daemon is away; going on')
      if (context.json) context.printJson({ action: action ?? 'go' })
      else if (action === 'cancel') context.note('this is to end: it is being cancelled')
      else if (action === 'wait') context.note('this is to pause')
      return CODES[action ?? 'go']
    }
  },
}
