/** The World's interface of health checks. */

export interface PortCheck {
  open: boolean
  latencyMs: number | null
  /** System error code of a closed port; null when nothing answered in time. */
  code?: string | null
}

export interface ProbeAnswer {
  ok: boolean
  /** To follow the name of the check: `answered 500`, `exited with 3: no route to db`. */
  answer: string
}

export interface Prober {
  /** To 127.0.0.1 and ::1 (or the host); connected to itself it is closed. Closes in order: a reset crashes some servers. */
  tcp(port: number, timeoutMs: number, host?: string): Promise<PortCheck>
  /** 200-399 pass. */
  http(url: string, timeoutMs: number): Promise<ProbeAnswer>
  exec(command: string, options: { cwd: string; env: Record<string, string>; timeoutMs: number }): Promise<ProbeAnswer>
  freePort(): Promise<number>
}
