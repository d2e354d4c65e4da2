/** What a schema cannot check and the daemon would refuse: found before anything of a file is started. */
import { Cron } from 'croner'
import { readCron } from '../protocol/cron.ts'
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import { PtrackError } from '../protocol/errors.ts'
import { checkGlobs } from '../protocol/globs.ts'
import { parseAction, parseTriggers } from '../protocol/hooks.ts'

interface Unusable {
  field: keyof Definition
  message: string
  hint: string | null
}

export function unusable({ cron, hooks, watchFiles }: DefinitionInput): Unusable[] {
  const found: Unusable[] = []
  const check = (field: keyof Definition, read: () => void): void => {
    try {
      read()
    } catch (error) {
      if (!(error instanceof PtrackError)) throw error
      found.push({
        field,
        message: error.message.replace(/^cannot (?:read|use|watch) (?:the (?:cron expression|trigger|action) )?/, ''),
        hint: error.hint ?? null,
      })
    }
  }
  if (cron) check('cron', () => readCron(cron, Cron, Date.now()))
  for (const { on, run } of hooks ?? [])
    check('hooks', () => {
      parseTriggers(on)
      parseAction(run)
    })
  check('watchFiles', () => checkGlobs(watchFiles ?? []))
  return found
}
