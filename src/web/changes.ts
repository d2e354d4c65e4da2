/** Changes made in a form of settings. */
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import { fields } from '../protocol/fields.ts'
import { Misread } from '../protocol/values.ts'

/** Round-trips exactly; empty for null. */
export function shownText<F extends keyof Definition>(field: F, value: Definition[F]): string {
  return value === null ? '' : String(fields()[field].value.write(value))
}

/** `text` returns a form field's text, null without such a field. Throws an Error that names the invalid text. */
export function changesOf(definition: Definition, text: (name: string) => string | null): Partial<DefinitionInput> {
  const changes: Record<string, unknown> = {}
  for (const [name, { value, none }] of Object.entries(fields())) {
    const written = text(name)?.trim()
    if (written === undefined) continue
    const is = written === '' && none ? null : read(value.parse, written)
    if (is !== definition[name as keyof Definition]) changes[name] = is
  }
  return changes as Partial<DefinitionInput>
}

function read(parse: (text: string, where: string) => unknown, text: string): unknown {
  try {
    return parse(text, '')
  } catch (error) {
    throw error instanceof Misread ? new Error(`cannot read ${error.text}: ${error.message}; ${error.hint}`) : error
  }
}
