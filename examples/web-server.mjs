// A web server without dependencies; ptrack gives it the port:  ptrack start --name web --port auto -- node examples/web-server.mjs
import { createServer } from 'node:http'

const port = Number(process.env.PORT ?? 8080)
const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`)
  response.end(`hello from ${process.env.PTRACK_ID ?? 'nobody in particular'}\n`)
})
server.listen(port, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${port}/`))
// A server that finishes what it is doing stops cleanly: ptrack waits for it (--stop-timeout) before it insists.
process.on('SIGTERM', () => server.close(() => process.exit(0)))
