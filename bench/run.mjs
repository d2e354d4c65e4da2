// npm run bench [-- section..]: ours beside pm2, supervisord and bare Node, in turn, in one run. See README.md.
import { existsSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { makePlace, project } from './lib/place.mjs'
import { printTable, report } from './lib/report.mjs'

// Node reads this file of certificates at every start: 30 ms that belong to no one here.
delete process.env.NODE_EXTRA_CA_CERTS

const SECTIONS = [
  'cli',
  'crash',
  'bulk',
  'idle',
  'logs',
  'reading',
  'kill9',
  'state',
  'jobs',
  'api',
  'watch',
  'dev',
  'reload',
  'package',
]
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !SECTIONS.includes(name))
if (unknown.length) {
  console.error(`no section ${unknown.join(', ')}; there are: ${SECTIONS.join(', ')}`)
  process.exit(2)
}
if (!existsSync(join(project, 'dist/ptrackd.cjs'))) {
  console.error('dist/ is missing; run npm run build first')
  process.exit(2)
}

// Ratios bear some noise; a machine that is busy with something else makes them worthless.
if (loadavg()[0] > cpus().length / 2)
  console.error(`CAUTION: the load is ${loadavg()[0].toFixed(1)} on ${cpus().length} cores; wait until the machine is quiet`)

let missed = 0
let broken = 0
for (const name of asked.length ? asked : SECTIONS) {
  console.log(`\n== ${name} ==`)
  const place = makePlace()
  const said = report(name)
  try {
    const section = await import(`./sections/${name}.mjs`)
    await section.measure(place, said)
  } catch (error) {
    broken++
    console.error(`section ${name} broke off: ${error.stack}`)
  } finally {
    await place.clear()
    said.save()
    printTable(said.results)
    missed += said.results.filter((result) => result.met === false).length
  }
}
console.log(
  `${missed ? `${missed} target${missed === 1 ? '' : 's'} missed` : 'no target missed'}${broken ? `, ${broken} section${broken === 1 ? '' : 's'} broke off` : ''}`,
)
process.exit(missed || broken ? 1 : 0)
