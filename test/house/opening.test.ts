/** Files under the home are opened at one place, which never waits for a FIFO and never follows a link (adapters/regular-file.ts). */
import { expect, test } from 'vitest'
import { codeOnly, filesIn, placeOf } from './support/sources.ts'

/** What else is opened, and why it may be. */
const ELSEWHERE: Record<string, string> = {
  'src/adapters/regular-file.ts': 'the one place',
  'src/adapters/state/file-system.ts': 'a directory, for its fsync',
  'src/adapters/spawn.ts': '/dev/null',
  'src/adapters/resolve-command.ts': 'the first bytes of a command that somebody named',
  'src/adapters/input.ts': 'a FIFO of its own, which is not waited for',
  'src/adapters/preload-copy.ts': 'a file of the package',
  'src/adapters/sockets/control.ts': 'a directory, to connect by its descriptor',
  'src/adapters/fifo.ts': 'a FIFO, by descriptors that wait for nothing',
  'src/adapters/os-user.ts': '/etc/passwd and /etc/group',
  'src/adapters/free-port.ts': '/proc',
  'src/adapters/launch.ts': '/proc',
  'src/adapters/inherited-files.ts': '/proc',
  'src/adapters/mounts.ts': '/proc',
  'src/adapters/run-cgroup.ts': '/proc',
  'src/adapters/logs/helper.ts': '/proc',
  'src/adapters/logs/inflater.ts': 'a stream over a descriptor that is open already',
  'src/adapters/bus/node.ts': '/proc',
  'src/adapters/bus/bus.ts': 'credentials that somebody named',
  'src/adapters/platform/linux-net.ts': '/proc',
  'src/adapters/platform/linux-table.ts': '/proc',
  'src/adapters/platform/proc-files.ts': '/proc',
  'src/api/http/page.ts': 'files of the package',
}

const OPENING =
  /\b(?:openSync|readFileSync|writeFileSync|appendFileSync|truncateSync|createReadStream|createWriteStream|(?<!\.)(?:readFile|writeFile|appendFile|truncate))\(|import \{[^}]*\bopen\b[^}]*\} from 'node:fs\/promises'|import \* as \w+ from 'node:fs/g

test('nothing of the daemon opens a file by itself', () => {
  const found = ['src/adapters', 'src/api', 'src/supervisor', 'src/core']
    .flatMap((folder) => filesIn(folder, ['.ts']))
    .filter(({ path }) => !(path in ELSEWHERE))
    .flatMap((file) => [...codeOnly(file.text).matchAll(OPENING)].map((hit) => `${placeOf(file, hit.index)} ${hit[0]}`))
  expect(found).toEqual([])
})
