/** validate: every mistake of a ptrack.yaml, and nothing done. */
import { type Problem, placeText } from '../../../files/yaml/problem.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { refuseForeign } from './foreign.ts'
import { locate, readHere } from './locate.ts'

export function validate(context: Context, named: string | undefined, profiles: string[] | undefined): number {
  const file = locate(context, named)
  if (named !== undefined) refuseForeign(file, named, 'validate', ' --dry-run')
  try {
    const { processes, inactive } = readHere(context, file, { profiles })
    if (context.json) context.printJson({ file, processes: processes.map(({ definition }) => definition.name), inactive })
    else {
      const beside = inactive.length > 0 ? ` (and ${inactive.length} of other profiles)` : ''
      context.print(`${file} is valid: ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}${beside}`)
    }
    return 0
  } catch (error) {
    const problems = error instanceof PtrackError ? (error.details?.problems as Problem[] | undefined) : undefined
    if (problems === undefined || context.json) throw error
    for (const problem of problems)
      context.note(clean(`${placeText(problem)}: ${problem.message}${problem.hint ? `; ${problem.hint}` : ''}`))
    return 2
  }
}
