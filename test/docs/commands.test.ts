/** The example of each command, one after the other in one home. That each has one: test/cli/commands-doc.test.ts. */

import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'

testDocument('docs/commands.md', { env: { PTRACK_HTTP: '7077' }, ports: { 7077: freePort } })
