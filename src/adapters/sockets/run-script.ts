/** What a holder executes to start a run: everything that spawn() would set, as a script that only its user can read. */
import { quoted } from '../../protocol/shell-quote.ts'
import { isExportable } from '../../protocol/sockets.ts'

/**
 * Values stand in the script, never in an argument, which every user could read. `report` comes last: from then on the first child
 * is the program.
 */
export function runScript(
  { file, args, env }: { file: string; args: readonly string[]; env: Readonly<Record<string, string>> },
  at: { cwd: string; stdinFile: string | null; outFile: string; errFile: string; umask: number; report: string },
): string {
  const exports = Object.entries(env)
    .filter(([name]) => isExportable(name))
    .map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  return `unset PTRACK_HOLDER PATH
${appendTo(1, at.outFile)}${appendTo(2, at.errFile)}${at.stdinFile === null ? '' : `exec <${quoted(at.stdinFile)}\n`}umask ${at.umask.toString(8)}
cd ${quoted(at.cwd)} || { ${at.report}; exit 126; }
${exports.join('')}${at.report}
exec ${[file, ...args].map(quoted).join(' ')}
`
}

/** A full disk, on which a log cannot be made, must not stop a service: only its output is lost. */
const appendTo = (fd: 1 | 2, file: string): string =>
  `if (: >>${quoted(file)}) 2>/dev/null; then exec ${fd}>>${quoted(file)}; fi\n`

/** In front of the program: LISTEN_PID is its own pid, which only the shell that becomes it knows. */
export const WITH_LISTEN_PID = ['/bin/sh', '-c', 'export LISTEN_PID=$$; exec "$@"', 'sh']
