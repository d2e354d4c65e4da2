/** docs/hooks.md: its tables name what the code has, and no more; its commands run. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HOOK_VARIABLES } from '../../src/adapters/hook-runner.ts'
import { parseTrigger, TRIGGER_WORDS } from '../../src/protocol/hooks.ts'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'

const page = readFileSync(join(root, 'docs/hooks.md'), 'utf8')
const firstColumn = (head: string): string[] => {
  const table = page.slice(page.indexOf(`| ${head} |`)).split('\n\n')[0]!
  return [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!)
}

test('every trigger', () => {
  const [words, thresholds] = [
    firstColumn('trigger').slice(0, TRIGGER_WORDS.length),
    firstColumn('trigger').slice(TRIGGER_WORDS.length),
  ]
  expect(words).toEqual([...TRIGGER_WORDS])
  expect(thresholds.map((text) => 'over' in parseTrigger(text))).toEqual([true, true])
})

test('every variable of a command', () => expect(firstColumn('variable')).toEqual(HOOK_VARIABLES))

describe('its commands', () => testDocument('docs/hooks.md'))
