// What it takes to have it: the size of the package, packed and installed with all it needs, and its first word.
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cache, project } from '../lib/place.mjs'
import { stats } from '../lib/report.mjs'
import { cleanEnv, must, time } from '../lib/run.mjs'
import { pm2 } from '../peers/pm2.mjs'

const ROUNDS = 25

export async function measure(place, said) {
  const packed = pack(project, '--ignore-scripts', '--pack-destination', place.dir)
  const prefix = place.sub('installed')
  mkdirSync(join(prefix, 'node_modules'))
  const install = ['npm', 'install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', join(place.dir, packed.filename)]
  must(time(install, process.env, true), 'npm install of the package')
  said.target('ptrack packed', packed.size, 'bytes', 1_500_000)
  tell(said, 'ptrack', weigh(join(prefix, 'node_modules')))

  const peer = pm2(place.sub('pm2'))
  if (peer) {
    const theirs = join(cache, 'pm2-7/node_modules')
    const { version } = JSON.parse(
      time([process.execPath, '-p', `JSON.stringify(require('${theirs}/pm2/package.json'))`], cleanEnv(), true).out,
    )
    said.fact('pm2 packed, without its dependencies', pack(`pm2@${version}`, '--dry-run').size, 'bytes')
    tell(said, 'pm2', weigh(theirs))
  }

  const bin = join(prefix, 'node_modules/.bin/ptrack')
  const cases = [
    { what: 'node -e 0', argv: [process.execPath, '-e', '0'], env: cleanEnv() },
    { what: 'ptrack --version', argv: [bin, '--version'], env: cleanEnv({ PTRACK_HOME: place.sub('home') }) },
    ...(peer ? [{ what: 'pm2 --version', argv: peer.argv('--version'), env: peer.env }] : []),
  ]
  const times = cases.map(() => [])
  try {
    // The first round warms the page cache and is not counted.
    for (let round = -1; round < ROUNDS; round++)
      for (const [i, { argv, env }] of cases.entries()) {
        const { ms } = time(argv, env)
        if (round >= 0) times[i].push(ms)
      }
  } finally {
    await peer?.down()
  }
  const [floor, ours] = times.map(stats)
  for (const [i, { what }] of cases.entries()) {
    const { median, ...spread } = stats(times[i])
    said.fact(what, median, 'ms', spread)
  }
  said.target('ptrack --version / node -e 0', ours.median, 'ms', 1.6, { bound: floor.median, boundIs: 'node -e 0' })
}

/** `what`: a directory, or a name and version of the registry. */
const pack = (what, ...options) =>
  JSON.parse(must(time(['npm', 'pack', what, '--json', ...options], process.env, true), 'npm pack').out)[0]

function tell(said, name, { bytes, files }) {
  said.fact(`${name} installed, with its dependencies`, bytes, 'bytes')
  said.fact(`${name} installed, with its dependencies`, files, 'files')
}

/** Sizes as files tell them, not blocks of one disk; links count for nothing. */
function weigh(directory) {
  const sum = { bytes: 0, files: 0 }
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    sum.files++
    sum.bytes += statSync(join(entry.parentPath ?? entry.path, entry.name)).size
  }
  return sum
}
