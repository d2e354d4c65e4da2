/** The process that holds the bus for a daemon of a fleet, and ends with it. */
import { serveFleet } from './adapters/bus/serve.ts'

serveFleet()
