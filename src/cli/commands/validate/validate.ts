/** validate: all mistakes of a ptrack.yaml in one pass, and what this machine lacks for it; changes nothing. */
import { badFile, inOrder, type Problem, placeText } from '../../../files/yaml/problem.ts'
import { type CheckedYaml, checkPtrackYaml } from '../../../files/yaml/read.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { refuseForeign } from '../up/foreign.ts'
import { locateOwn, worldOf } from '../up/locate.ts'
import { lacksOf } from '../up/machine.ts'

export interface ValidateOptions {
  profile?: string[]
  here?: boolean
}

export function validate(context: Context, named: string | undefined, options: ValidateOptions): number {
  const file = locateOwn(context, named)
  if (named !== undefined) refuseForeign(file, named, 'validate', ' --dry-run')
  const { processes, inactive, problems } = check(context, file, options)
  const lacking = lackingIn(context, processes)
  const errors = options.here ? [...problems, ...lacking] : problems
  const warnings = options.here ? [] : lacking
  if (context.json) {
    if (errors.length > 0) throw badFile(errors, { warnings })
    context.printJson({ file, processes: processes.map(({ process }) => process.definition.name), inactive, warnings })
    return 0
  }
  for (const problem of inOrder([...errors, ...warnings])) context.note(line(problem, warnings.includes(problem)))
  if (errors.length > 0) return 2
  const beside = inactive.length > 0 ? ` (and ${inactive.length} of other profiles)` : ''
  context.print(`${file} is valid: ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}${beside}`)
  return 0
}

function check(context: Context, file: string, { profile }: ValidateOptions): CheckedYaml {
  try {
    return checkPtrackYaml(file, worldOf(context), { profiles: profile ?? [] })
  } catch (error) {
    const problems = error instanceof PtrackError ? (error.details?.problems as Problem[] | undefined) : undefined
    if (problems === undefined) throw error
    return { project: null, processes: [], inactive: [], problems }
  }
}

/** A process that could not be read whole would lack the wrong things. */
const lackingIn = (context: Context, processes: CheckedYaml['processes']): Problem[] =>
  processes
    .filter(({ whole }) => whole)
    .flatMap(({ process, placeOf }) =>
      lacksOf(context, process).map(({ key, message }) => ({ ...placeOf(key), message, hint: null })),
    )

const line = (problem: Problem, isWarning: boolean): string =>
  clean(`${placeText(problem)}: ${isWarning ? 'warning: ' : ''}${problem.message}${problem.hint ? `; ${problem.hint}` : ''}`)
