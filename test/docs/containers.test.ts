/** docs/containers.md: its commands. */
import { testDocument } from '../support/document.ts'

testDocument('docs/containers.md')
