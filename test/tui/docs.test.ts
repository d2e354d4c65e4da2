/** docs/watch.md is generated where it lists keys: UPDATE_WATCH=1 npx vitest run test/tui/docs.test.ts */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keysTable } from '../../src/tui/bindings.ts'
import { root } from '../support/bundle.ts'

const file = join(root, 'docs/watch.md')
const KEYS = /(<!-- keys -->\n)[\s\S]*?(<!-- end of keys -->)/

test('the keys of docs/watch.md are those of the view', () => {
  const text = readFileSync(file, 'utf8')
  const wanted = text.replace(KEYS, (_all, begin: string, end: string) => `${begin}\n${keysTable()}\n\n${end}`)
  if (process.env.UPDATE_WATCH) writeFileSync(file, wanted)
  else expect(text).toBe(wanted)
  expect(text).toMatch(KEYS)
})

test('every picture that it shows is there, and is of a terminal', () => {
  const pictures = [...readFileSync(file, 'utf8').matchAll(/\]\((pictures\/[\w.-]+)\)/g)].map((match) => match[1]!)
  expect(pictures.length).toBeGreaterThan(4)
  for (const picture of pictures) expect(readFileSync(join(root, 'docs', picture), 'utf8')).toMatch(/^<svg [\s\S]*<text /)
})
