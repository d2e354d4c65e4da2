/** The pages for those who come from another supervisor: every block runs, that supervisor's own commands too, and prints what the page says. */
import { beforeAll, describe } from 'vitest'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'
import { installPm2, type Pm2 } from '../support/peers.ts'
import { bring } from '../support/terminal.ts'

describe('pm2', () => {
  let pm2: Pm2 | null = null
  beforeAll(async () => {
    pm2 = await installPm2()
  })

  testDocument('docs/from-pm2.md', {
    ports: { 4100: freePort },
    before: async (reader) => pm2 && bring(reader, 'pm2', `PM2_HOME='${reader.home.dir}/pm2' exec '${pm2.tool}' "$@"`),
  })
})
describe('supervisord', () => testDocument('docs/from-supervisord.md', { ports: { 4200: freePort } }))
describe('foreman', () => testDocument('docs/from-foreman.md'))
describe('process-compose', () => testDocument('docs/from-process-compose.md', { ports: { 4300: freePort } }))
