/** What a holder executes to start a run: everything that spawn() would set, as a script that only its user can read. */
import { isExportable } from '../../protocol/sockets.ts'
import { quoted } from './places.ts'

/** Values stand in the script, never in an argument, which every user could read. */
export function runScript(
  { file, args, env }: { file: string; args: readonly string[]; env: Readonly<Record<string, string>> },
  at: { cwd: string; outFile: string; errFile: string; umask: number; pidFile: string },
): string {
  const exports = Object.entries(env)
    .filter(([name]) => isExportable(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  return `rm -- "$0" || exit
unset PTRACK_HOLDER PATH
cd ${quoted(at.cwd)} || exit 126
umask ${at.umask.toString(8)}
exec >>${quoted(at.outFile)} 2>>${quoted(at.errFile)}
${exports.join('')}echo $$ >${quoted(at.pidFile)}
exec ${[file, ...args].map(quoted).join(' ')}
`
}

/** In front of the program: LISTEN_PID is its own pid, which only the shell that becomes it knows. */
export const WITH_LISTEN_PID = ['/bin/sh', '-c', 'export LISTEN_PID=$$; exec "$@"', 'sh']
