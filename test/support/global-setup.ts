/** Runs once before all test files. */
import { existsSync } from 'node:fs'
import { buildIfStale, bundles } from './bundle.ts'

export default function setup(): void {
  try {
    buildIfStale()
  } catch (error) {
    // Unit tests need no bundle: someone in the middle of a change may run them. Tests through the CLI say what is missing.
    if (process.env.CI === 'true') throw error
    const state = bundles.every((file) => existsSync(file)) ? 'dist/ is OLDER THAN THE SOURCES' : 'dist/ is incomplete'
    const said = (error as { stderr?: string }).stderr ?? String(error)
    const reasons = said.split('\n').filter((line) => line.includes('[ERROR]'))
    console.warn(`the build failed, ${state}:\n${reasons.length ? reasons.join('\n') : said}`)
  }
}
