/** Variables that differ between instances of one definition, such as PORT or NODE_APP_INSTANCE. */

/** `each`: those of instances 0, 1 ...; further ones continue a series of numbers that rises evenly, or repeat the last. */
export function instanceVariables(each: readonly Readonly<Record<string, string>>[], index: number): Record<string, string> {
  const known = each[index]
  if (known !== undefined) return { ...known }
  const last = each.at(-1)
  if (last === undefined) return {}
  return Object.fromEntries(
    Object.keys(last).map((name) => [
      name,
      continued(
        each.map((own) => own[name] ?? null),
        index,
      ) ?? last[name]!,
    ]),
  )
}

/** Safe numbers only: an id of twenty digits is no count. */
const COUNTED = /^(.*?\D)?(\d{1,15})$/s

function continued(values: readonly (string | null)[], index: number): string | null {
  const parts = values.map((value) => COUNTED.exec(value ?? ''))
  const [first, second] = parts
  if (!first || !second || parts.some((part) => part?.[1] !== first[1])) return null
  const numbers = parts.map((part) => Number(part![2]))
  const step = numbers[1]! - numbers[0]!
  if (numbers.some((number, at) => number !== numbers[0]! + step * at)) return null
  const next = numbers[0]! + step * index
  if (next < 0) return null
  // `007` is followed by `008`.
  const digits = parts.at(-1)![2]!
  return `${first[1] ?? ''}${digits.startsWith('0') ? String(next).padStart(digits.length, '0') : next}`
}
