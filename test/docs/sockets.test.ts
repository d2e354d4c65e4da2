/** docs/sockets.md: its commands, with a port that is free here. */
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'

testDocument('docs/sockets.md', { ports: { 3000: freePort } })
