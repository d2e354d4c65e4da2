/** The daemon: a world, a supervisor in it, and the requests that it serves. */
import { createDaemon } from './daemon/create-daemon.ts'
import { createWorld } from './daemon/create-world.ts'
import { serve } from './daemon/serve.ts'
import { shutDown } from './daemon/shut-down.ts'
import { PtrackError } from './protocol/errors.ts'

async function main(argv: readonly string[]): Promise<void> {
  const site = await createWorld({ ...process.env }, argv)
  if (site === null) return
  const daemon = await createDaemon(site, argv)
  await serve(daemon, {
    // What PID 1 leaves behind the kernel kills.
    stopsChildren: argv.includes('--stop-children') || process.pid === 1,
    shutDown: (server, leaving) => shutDown(daemon, server, leaving),
  })
}

main(process.argv).catch((error: unknown) => {
  const hint = error instanceof PtrackError && error.hint ? `; ${error.hint}` : ''
  process.stderr.write(
    `ptrackd: ${error instanceof PtrackError ? error.message + hint : error instanceof Error ? error.stack : String(error)}\n`,
  )
  process.exit(1)
})
