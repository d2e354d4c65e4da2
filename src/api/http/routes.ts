/** Every route with a single answer; streams are in streams.ts. */
import type { Route } from './route.ts'
import { daemonRoutes } from './routes-daemon.ts'
import { processRoutes } from './routes-processes.ts'

export const routes: readonly Route[] = [...processRoutes, ...daemonRoutes]
