/** Asks a run by its declared probe whether it serves; what a log line or a notify has told is known to who asks. */
import type { World } from '../core/world.ts'
import { childEnv } from './child-env.ts'
import type { Managed } from './registry.ts'

/** null when it does, else why not. `announced`: a matching line or a notify has been seen. */
export async function probe(world: World, managed: Managed, announced: boolean): Promise<string | null> {
  const { definition, id, tracked } = managed.record
  const { health } = definition
  switch (health?.kind) {
    case undefined:
    case 'none':
      return null
    case 'log':
      return announced ? null : `no log line has matched ${health.pattern} yet`
    case 'notify':
      return announced ? null : 'has not notified that it is ready'
    case 'http':
      return world.prober.http(health.url, definition.healthTimeoutMs)
    case 'tcp': {
      const check = await world.prober.tcp(health.port, definition.healthTimeoutMs, health.host)
      return check.open ? null : `${health.host}:${health.port} is closed`
    }
    case 'exec': {
      const stored = world.envs.read(definition.instance?.of ?? definition.name) ?? { caller: world.baseEnv, set: {} }
      const { state } = tracked
      const run = 'run' in state ? state.run : { number: tracked.runNumber, id: '' }
      const env = childEnv(stored, {
        id,
        run,
        home: world.home,
        socketPath: world.socketPath,
        port: definition.ports[0],
        instance: definition.instance?.index,
        token: null,
      })
      // A probe is no part of the tree: without the marker a hanging one is not taken for a descendant.
      for (const name of Object.keys(env)) if (name.startsWith('PTRACK_')) delete env[name]
      return world.prober.exec(health.command, { cwd: definition.cwd, env, timeoutMs: definition.healthTimeoutMs })
    }
  }
}
