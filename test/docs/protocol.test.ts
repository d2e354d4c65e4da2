/** docs/protocol.md is printed from the schemas and types of src/protocol: UPDATE_DOCS=1 writes it anew. Its example runs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'
import { protocolPage } from './support/protocol-page.ts'

const file = join(root, 'docs/protocol.md')

test('docs/protocol.md is what the protocol is', () => {
  const page = readFileSync(file, 'utf8')
  const wanted = protocolPage()
  if (process.env.UPDATE_DOCS) writeFileSync(file, wanted)
  else expect(page).toBe(wanted)
})

testDocument('docs/protocol.md')
