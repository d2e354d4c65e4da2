/** What zod finds wrong with a value, as the end of a sentence about it: `must be at most 366d`. */
import type { z } from 'zod'
import { formatDuration, formatSize } from './duration.ts'

type Issue = z.core.$ZodIssue

const KINDS: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'null',
}

/** What a wrong value should have been; null where that is no matter of its kind. */
export function expectedKind(issue: Issue): string | null {
  if (issue.code === 'invalid_type') return KINDS[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return issue.values.map(String).join(' or ')
  return null
}

/** Fields include their unit. */
function amount(value: number | bigint, field: string): string {
  if (typeof value === 'number' && value > 0 && field.endsWith('Ms')) return formatDuration(value)
  return typeof value === 'number' && value > 0 && field.endsWith('Bytes') ? formatSize(value) : String(value)
}

const counted = (count: number | bigint, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

function bound(least: boolean, limit: number | bigint, origin: string, field: string): string {
  const at = least ? 'at least' : 'at most'
  if (origin === 'string')
    return least && limit === 1 ? 'must not be empty' : `must have ${at} ${counted(limit, 'character', 'characters')}`
  if (origin === 'array' || origin === 'set' || origin === 'map')
    return least && limit === 1 ? 'must not be empty' : `must have ${at} ${counted(limit, 'entry', 'entries')}`
  return `must be ${at} ${amount(limit, field)}`
}

/** Of a union's branches the one that got furthest: a message of ours first, then the deepest. */
export function mostSpecific(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue
  const all = issue.errors.flat().map((each) => mostSpecific({ ...each, path: [...issue.path, ...each.path] } as Issue))
  const custom = all.find((each) => each.code === 'custom')
  if (custom) return custom
  const deepest = all.toSorted((a, b) => b.path.length - a.path.length)[0]
  if (deepest !== undefined && deepest.path.length > issue.path.length) return deepest
  const sized = all.find((each) => each.code === 'too_small' || each.code === 'too_big')
  if (sized) return sized
  const choices = [...new Set(all.map(expectedKind).filter((each) => each !== null))]
  return {
    ...issue,
    code: 'custom',
    message: choices.length > 0 ? `it must be ${choices.join(' or ')}` : 'it is of no known kind',
  } as Issue
}

/** zod's own words begin so; what does not is a message of ours. */
const ITS_OWN = /^(Invalid|Too (big|small)|Unrecognized|Unknown)\b/

export function issueWords(issue: Issue): string {
  const field = String(issue.path.findLast((part) => typeof part === 'string') ?? '')
  if (issue.code === 'custom' || !ITS_OWN.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'too_big':
      return bound(false, issue.maximum, issue.origin, field)
    case 'too_small':
      return bound(true, issue.minimum, issue.origin, field)
    case 'invalid_format':
      return issue.format === 'url' ? 'must be a URL such as http://HOST/PATH' : 'is written in a way that is not allowed here'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    case 'invalid_key':
      return `is no key: it ${issue.issues[0] === undefined ? 'is not allowed' : issueWords({ ...issue.issues[0], path: [] } as Issue)}`
    case 'invalid_type':
    case 'invalid_value':
      return `must be ${expectedKind(issue)}`
    default:
      return 'has a value that is not allowed here'
  }
}
