/** NODE_OPTIONS are the program's own again: nothing below it inherits the sockets. */
const OURS = /--require "(?:[^"\\]|\\.)*ptrack-sockets\.cjs" ?/

export function leaveOptions(env: NodeJS.ProcessEnv): void {
  const rest = (env.NODE_OPTIONS ?? '').replace(OURS, '').trimEnd()
  if (rest === '') delete env.NODE_OPTIONS
  else env.NODE_OPTIONS = rest
}
