/** The last lines of a run: what did not run here and what would make it run, one line per thing that is missing. */
import type { Reporter, TestModule, Vitest } from 'vitest/node'

export default class SkipReport implements Reporter {
  private filtered = false

  onInit(vitest: Vitest): void {
    this.filtered = vitest.config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const line of skipLines(modules, this.filtered)) console.log(line)
  }
}

/**
 * `skipped: 31 tests that need tmux (apt-get install tmux)`, most tests first. With `filtered`, a test without a
 * reason is one that was not asked for.
 */
export function skipLines(modules: Iterable<TestModule>, filtered: boolean): string[] {
  const counts = new Map<string, number>()
  for (const module of modules)
    for (const test of module.children.allTests('skipped')) {
      const { lacks } = test.meta()
      if (lacks === undefined && filtered) continue
      const why = lacks === undefined ? `for no reason given: ${test.fullName}` : `that need ${lacks}`
      counts.set(why, (counts.get(why) ?? 0) + 1)
    }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(
      ([why, count]) =>
        `skipped: ${count === 1 ? `1 test ${why.replace(/^that need /, 'that needs ')}` : `${count} tests ${why}`}`,
    )
}
