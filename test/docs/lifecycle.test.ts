/** docs/lifecycle.md: its commands. */
import { testDocument } from '../support/document.ts'

testDocument('docs/lifecycle.md')
