/** The pages for those who come from another supervisor: every block runs, and prints what the page says. */
import { describe } from 'vitest'
import { freePort } from '../../src/adapters/free-port.ts'
import { testDocument } from '../support/document.ts'

describe('pm2', () => testDocument('docs/from-pm2.md', { ports: { 4100: freePort } }))
describe('supervisord', () => testDocument('docs/from-supervisord.md', { ports: { 4200: freePort } }))
describe('foreman', () => testDocument('docs/from-foreman.md'))
describe('process-compose', () => testDocument('docs/from-process-compose.md', { ports: { 4300: freePort } }))
