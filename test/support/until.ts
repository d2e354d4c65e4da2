/** Waiting for facts: tests never sleep for a time and hope. */

const show = (value: unknown): string => {
  const text = value instanceof Error ? String(value.stack ?? value) : JSON.stringify(value, null, 1)
  return text === undefined ? String(value) : text.slice(0, 4000)
}

/**
 * Polls until `fact` gives something truthy, and returns that. What it throws counts as "not yet" and is told if the time
 * runs out. The deadline is generous on purpose: it is what a test costs when it fails, never when it passes.
 * `what` as a function is asked when the time has run out.
 */
export async function until<T>(
  fact: () => T | Promise<T>,
  what: string | (() => string),
  ms = 60_000,
  context: () => string = () => '',
): Promise<Exclude<T, null | undefined | false | 0 | ''>> {
  const deadline = performance.now() + ms
  let pause = 5
  for (;;) {
    let last: unknown
    try {
      const value = await fact()
      if (value) return value as Exclude<T, null | undefined | false | 0 | ''>
      last = value
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      throw new Error(
        `waited ${ms} ms in vain until ${typeof what === 'string' ? what : what()}\nlast value: ${show(last)}\n${context()}`,
        last instanceof Error ? { cause: last } : undefined,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, pause))
    pause = Math.min(100, pause * 2)
  }
}
