/** docs/projects.md: its commands. */
import { testDocument } from '../support/document.ts'

testDocument('docs/projects.md')
