/** The process that reads large logs for the daemon. */
import { serve } from './adapters/logs/outside/reader.ts'

serve()
