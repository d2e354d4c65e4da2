/** A problem in a file with its place, `FILE:LINE:COLUMN`, which editors' terminals can open. */
import { PtrackError } from '../../protocol/errors.ts'

export interface Place {
  file: string
  /** Both 1-based. */
  line: number
  column: number
}

export interface Problem extends Place {
  message: string
  hint: string | null
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`

export const inOrder = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted((a, b) => (a.file === b.file ? a.line - b.line || a.column - b.column : 0))

/** The first problem in full; all of them are in the details, for `validate` and for programs. */
export function badFile(problems: readonly Problem[], more: Record<string, unknown> = {}): PtrackError {
  const sorted = inOrder(problems)
  const [first] = sorted
  const others = sorted.length - 1
  const rest = others === 0 ? [] : [`${others} more: \`ptrack validate\` lists all`]
  const hint = [...(first!.hint === null ? [] : [first!.hint]), ...rest].join('; ')
  return new PtrackError('BAD_FILE', `cannot read ${placeText(first!)}: ${first!.message}`, {
    hint: hint === '' ? undefined : hint,
    details: { problems: sorted, ...more },
  })
}
