/** One request, its answer, over a connection of its own or one that is given. */
import http from 'node:http'
import type net from 'node:net'
import type { SharedSocket } from './instance.ts'

export interface Answer {
  status: number
  body: string
  headers: http.IncomingHttpHeaders
}

export function get(to: SharedSocket | net.Socket, path = '/', options: http.RequestOptions = {}): Promise<Answer> {
  const where =
    'fd' in to
      ? to.path === null
        ? { agent: false as const, host: to.host === '::' ? '::1' : to.host, port: to.port }
        : { agent: false as const, socketPath: to.path }
      : { createConnection: () => to }
  return new Promise((resolve, reject) => {
    const request = http.get({ path, ...where, ...options }, (response) => {
      let body = ''
      response.on('data', (data) => {
        body += data
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode!, body, headers: response.headers }))
    })
    request.on('error', reject)
  })
}
