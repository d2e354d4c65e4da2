/** Runs the declared probe of a run; the caller knows about log lines and notifies. */
import { connectionWords } from '../core/check-words.ts'
import type { World } from '../core/world.ts'
import type { ProbeAnswer } from '../core/world-probes.ts'
import { formatDuration } from '../protocol/duration.ts'
import { portsOf } from '../protocol/sockets.ts'
import { childEnv } from './child-env.ts'
import type { Managed } from './registry.ts'

/** null when no probe is declared. `announced`: a matching line or a notify has been seen. */
export async function probe(world: World, managed: Managed, announced: boolean): Promise<ProbeAnswer | null> {
  const { definition, id, tracked } = managed.record
  const { health } = definition
  switch (health?.kind) {
    case undefined:
    case 'none':
      return null
    case 'log':
      return { ok: announced, answer: announced ? 'matched a line' : 'has not matched a line yet' }
    case 'notify':
      return { ok: announced, answer: announced ? 'was called' : 'has not been called yet' }
    case 'http':
      return world.prober.http(health.url, definition.healthTimeoutMs)
    case 'tcp': {
      const check = await world.prober.tcp(health.port, definition.healthTimeoutMs, health.host)
      if (check.open) return { ok: true, answer: 'accepts connections' }
      const late = `had no answer within ${formatDuration(definition.healthTimeoutMs)}`
      return { ok: false, answer: check.code ? connectionWords(check.code, health.host, health.port) : late }
    }
    case 'exec': {
      const stored = world.envs.read(definition.instance?.of ?? definition.name) ?? { caller: world.baseEnv, set: {} }
      const { state } = tracked
      const run = 'run' in state ? state.run : { number: tracked.runNumber, id: '' }
      const env = childEnv(stored, {
        id,
        name: definition.name,
        run,
        home: world.home,
        socketPath: world.socketPath,
        port: portsOf(definition)[0],
        instance: definition.instance?.index,
        token: null,
      })
      // A probe is not part of the tree: without the marker a hanging one is not taken for a descendant.
      for (const name of Object.keys(env)) if (name.startsWith('PTRACK_')) delete env[name]
      return world.prober.exec(health.command, { cwd: definition.cwd, env, timeoutMs: definition.healthTimeoutMs })
    }
  }
}
