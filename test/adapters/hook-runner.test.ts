import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createHookRunner } from '../../src/adapters/hook-runner.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const kit = osKit()
const servers: Server[] = []
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await kit.close()
})

const PATH = process.env.PATH ?? '/usr/bin:/bin'
const runner = createHookRunner({ ...kit, env: { PATH, WORD: 'base' }, home: '/the/home' })
const event = {
  event: 'failed',
  name: 'web',
  status: 'failed',
  reason: 'exit code 3',
  run: 4,
  exitCode: 3,
  signal: null,
  text: 'ptrack: web failed',
  id: 'abc',
}
const fileOf = (name: string): string => join(kit.directory, name)

describe('exec', () => {
  test('a command finds the event on its stdin and in its environment, and nothing of the marker', async () => {
    const outcome = await runner.run(`exec:cat > ${fileOf('stdin')}; env > ${fileOf('env')}`, event, 20_000)
    expect(outcome).toEqual({ ok: true, detail: 'it exited with 0' })
    expect(JSON.parse(readFileSync(fileOf('stdin'), 'utf8'))).toEqual(event)
    const lines = readFileSync(fileOf('env'), 'utf8').split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'WORD=base',
        'PTRACK_HOME=/the/home',
        'PTRACK_EVENT=failed',
        'PTRACK_NAME=web',
        'PTRACK_STATUS=failed',
        'PTRACK_REASON=exit code 3',
        'PTRACK_RUN=4',
        'PTRACK_EXIT_CODE=3',
        'PTRACK_SIGNAL=',
        'PTRACK_TEXT=ptrack: web failed',
      ]),
    )
    expect(lines.filter((line) => /^(PTRACK_ID|VITEST)/.test(line))).toEqual([])
  })

  test.each([
    ['exit 3', { ok: false, detail: 'it exited with 3' }],
    ['echo first >&2; echo "no such channel" >&2; exit 1', { ok: false, detail: 'it exited with 1: no such channel' }],
    ['kill -9 $$', { ok: false, detail: 'it was ended by SIGKILL' }],
    ['head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2; true', { ok: true, detail: 'it exited with 0' }],
  ])('exec:%s', async (command, expected) => {
    expect(await runner.run(`exec:${command}`, event, 20_000)).toEqual(expected)
  })

  test('a command that never reads what it is given is no failure, however much that is', async () => {
    expect(await runner.run('exec:exec <&-; true', { ...event, reason: 'x'.repeat(500_000) }, 20_000)).toMatchObject({ ok: true })
  })

  test('one that hangs ends with everything it started', async () => {
    const outcome = await runner.run(`exec:sleep 3600 & echo $! > ${fileOf('child')}; wait`, event, 500)
    expect(outcome).toEqual({ ok: false, detail: 'it took longer than 0.5 s and was ended' })
    const ident = identOf(Number(readFileSync(fileOf('child'), 'latin1')))
    await until(() => ident === null || !isAlive(ident), 'its child is gone')
  })

  test('an action that cannot be read is a failed one, not a crash', async () => {
    expect(await runner.run('carrier-pigeon:coop', event, 1000)).toEqual({
      ok: false,
      detail: "cannot read the action 'carrier-pigeon:coop': it names no way of telling",
    })
  })
})

describe('webhook', () => {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      bodies.push({ method: request.method, type: request.headers['content-type'], body: JSON.parse(text) })
      const status = Number(request.url?.slice(1))
      if (status > 0) response.writeHead(status).end('x'.repeat(1_000_000))
    })
  })
  servers.push(server)
  const listening = new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })

  test('posts the event as JSON; 2xx is a success and anything else is said', async () => {
    const url = await listening
    expect(await runner.run(`webhook:${url}/204`, event, 20_000)).toEqual({ ok: true, detail: 'it answered 204' })
    expect(bodies).toEqual([{ method: 'POST', type: 'application/json', body: event }])
    expect(await runner.run(`webhook:${url}/200`, event, 20_000)).toEqual({ ok: true, detail: 'it answered 200' })
    expect(await runner.run(`webhook:${url}/503`, event, 20_000)).toEqual({ ok: false, detail: 'it answered 503' })
    expect(await runner.run(`webhook:${url}/0`, event, 100)).toEqual({ ok: false, detail: 'no answer within 0.1 s' })
    // A port that is closed on purpose.
    const gone = createServer()
    const port = await new Promise<number>((resolve) => {
      gone.listen(0, '127.0.0.1', () => resolve((gone.address() as AddressInfo).port))
    })
    await new Promise((resolve) => gone.close(resolve))
    expect(await runner.run(`webhook:http://127.0.0.1:${port}/`, event, 20_000)).toEqual({
      ok: false,
      detail: expect.stringMatching(/^it could not be reached: .*ECONNREFUSED/),
    })
  })
})

describe('mail', () => {
  function withSendmail(script: string) {
    const bin = fileOf(`bin-${Math.random().toString(36).slice(2)}`)
    mkdirSync(bin)
    writeFileSync(join(bin, 'sendmail'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, 'sendmail'), 0o755)
    return createHookRunner({ ...kit, env: { PATH: `${bin}:${PATH}` }, home: '/the/home' })
  }

  test('a message goes to sendmail, and nothing that a program said becomes a header', async () => {
    const mail = withSendmail(`echo "$@" > ${fileOf('args')}; cat > ${fileOf('mail')}`)
    const nasty = { ...event, text: 'ptrack: wëb failed\nBcc: everybody@example.org', reason: 'a\r\nX: y' }
    expect(await mail.run('mail:sam@example.org', nasty, 20_000)).toMatchObject({ ok: true })
    expect(readFileSync(fileOf('args'), 'utf8')).toBe('-t -i\n')
    const [head, ...body] = readFileSync(fileOf('mail'), 'utf8').split('\n\n')
    expect(head!.split('\n').map((line) => line.split(':')[0])).toEqual([
      ...['To', 'Subject', 'MIME-Version', 'Content-Type', 'Auto-Submitted'],
    ])
    const subject = /^Subject: =\?UTF-8\?B\?(.*)\?=$/m.exec(head!)![1]!
    expect(Buffer.from(subject, 'base64').toString()).toBe('ptrack: wëb failed Bcc: everybody@example.org')
    expect(body.join('\n')).toContain('reason: a X: y')
  })

  test('a sendmail that fails is said', async () => {
    const mail = withSendmail('echo "mail system is down" >&2; exit 75')
    expect(await mail.run('mail:sam@example.org', event, 20_000)).toEqual({
      ok: false,
      detail: 'it exited with 75: mail system is down',
    })
  })
})
