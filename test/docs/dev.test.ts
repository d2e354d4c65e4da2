/** docs/dev.md: its commands. */
import { testDocument } from '../support/document.ts'

testDocument('docs/dev.md')
