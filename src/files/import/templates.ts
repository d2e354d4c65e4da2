/** Go templates in a process of process-compose: `{{ .NAME }}` of its vars is filled in where process-compose does. */
import { isRecord } from './fields.ts'

const RENDERED = ['command', 'working_dir', 'description', 'environment', 'readiness_probe', 'liveness_probe']

const fillIn = (text: string, vars: Readonly<Record<string, string>>): string =>
  text.replace(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (whole, name) => vars[name] ?? whole)

function everywhere(value: unknown, vars: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fillIn(value, vars)
  if (Array.isArray(value)) return value.map((one) => everywhere(one, vars))
  return isRecord(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, everywhere(one, vars)])) : value
}

/** The process with its templates filled in; complex ones stay as they are. */
export const rendered = (record: Record<string, unknown>, vars: Readonly<Record<string, string>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(record).map(([key, value]) => {
      const disabled = key === 'command' && record.is_template_disabled === true
      return [key, RENDERED.includes(key) && !disabled ? everywhere(value, vars) : value]
    }),
  )

/** The beginning of a text with a remaining template, or null. */
export function leftTemplate(record: Record<string, unknown>): string | null {
  const keys = RENDERED.filter((key) => !(key === 'command' && record.is_template_disabled === true))
  const left = keys.map((key) => JSON.stringify(record[key]) ?? '').find((text) => /\{\{.*\}\}/s.test(text))
  return left === undefined ? null : left.slice(0, 60)
}
