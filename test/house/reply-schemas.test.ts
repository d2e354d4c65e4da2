/** What the HTTP interface says that it answers is what the types say. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'vitest'
import { root } from '../support/bundle.ts'

test('reply-schemas.json is made of the present types', () => {
  execFileSync(process.execPath, [join(root, 'scripts/build-schemas.mjs'), '--check'], { stdio: 'pipe', encoding: 'utf8' })
})
