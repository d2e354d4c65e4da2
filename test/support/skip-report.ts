/** The last lines of a run: what did not run here and what would make it run, one line per thing that is missing. */
import type { Reporter, TestModule } from 'vitest/node'

export default class SkipReport implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const line of skipLines(modules)) console.log(line)
  }
}

/** `skipped: 31 tests that need chromium (apt-get install chromium)`, most tests first. */
export function skipLines(modules: Iterable<TestModule>): string[] {
  const counts = new Map<string, number>()
  for (const module of modules)
    for (const test of module.children.allTests('skipped')) {
      const { lacks = `no reason given: ${test.fullName}` } = test.meta()
      counts.set(lacks, (counts.get(lacks) ?? 0) + 1)
    }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([lacks, count]) => {
      const tests = count === 1 ? '1 test' : `${count} tests`
      const verb = lacks.startsWith('no reason given') ? 'for' : `that ${count === 1 ? 'needs' : 'need'}`
      return `skipped: ${tests} ${verb} ${lacks}`
    })
}
