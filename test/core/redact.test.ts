import { expect, test } from 'vitest'
import { Redactor, redact, redactData } from '../../src/core/redact.ts'

// Made up, and put together from pieces, so that no scanner takes this file for a leak.
const letters = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOp'
const run = (length: number): string => letters.slice(0, length)
const upper = (length: number): string => 'Q7XW2ZK9PL4MB8VN3TRY'.repeat(3).slice(0, length)

const SECRETS: [what: string, secret: string][] = [
  ['AWS access key id', `${'AK'}IA${upper(16)}`],
  ['AWS temporary key id', `${'AS'}IA${upper(16)}`],
  ...['AR', 'AG', 'AN', 'AB', 'AC'].map((begin): [string, string] => {
    const rest = { AR: 'OA', AG: 'PA', AN: 'PA', AB: 'IA', AC: 'CA' }[begin]!
    return [`AWS ${begin}${rest} id`, `${begin}${rest}${upper(16)}`]
  }),
  ['AWS user id', `${'AI'}DA${upper(16)}`],
  ['GitHub token', `${'gh'}p_${run(36)}`],
  ...['o', 'u', 'r'].map((kind): [string, string] => [`GitHub token of kind ${kind}`, `${'gh'}${kind}_${run(36)}`]),
  ['GitHub server token', `${'gh'}s_${run(36)}`],
  ['GitHub fine-grained token', `${'github'}_pat_${run(22)}_${run(59)}`],
  ['GitLab token', `${'gl'}pat-${run(20)}`],
  ...['dt', 'rt', 'cbt', 'ptt', 'ft', 'imt', 'oas', 'soat', 'agent'].map((kind): [string, string] => [
    `GitLab token of kind ${kind}`,
    `${'gl'}${kind}-${run(20)}`,
  ]),
  ['Slack bot token', `${'xo'}xb-123456789012-1234567890123-${run(24)}`],
  ['Slack user token', `${'xo'}xp-123456789012-1234567890123-${run(24)}`],
  ['Slack refresh token', `${'xo'}xe-1-${run(40)}`],
  ['Slack app token', `${'xa'}pp-1-A0123456789-${run(30)}`],
  ['Stripe key', `${'sk'}_live_${run(24)}`],
  ['Stripe publishable key', `${'pk'}_live_${run(24)}`],
  ['Stripe webhook secret', `${'wh'}sec_${run(32)}`],
  ['Stripe restricted key', `${'rk'}_test_${run(24)}`],
  ['Google key', `${'AI'}za${run(35)}`],
  ['Google access token', `${'ya'}29.${run(60)}`],
  ['OpenAI key', `${'s'}k-${run(48)}`],
  ['OpenAI project key', `${'s'}k-proj-${run(40)}-${run(30)}`],
  ['Anthropic key', `${'s'}k-ant-api03-${run(60)}-${run(20)}AA`],
  ['npm token', `${'np'}m_${run(36)}`],
  ['PyPI token', `${'py'}pi-AgEIcHlwaS5vcmc${run(60)}`],
  ['ptrack token', `${'pt'}k_${run(43)}`],
  ['token of a run', `${'pt'}r_ab12cd34.${run(43)}`],
  ['JWT', `${'ey'}JhbGciOiJIUzI1NiJ9.${'ey'}JzdWIiOiIxMjM0NTY3ODkwIn0.${run(43)}`],
]

test.each(SECRETS)('a key known by its shape is masked wherever it stands: %s', (_, secret) => {
  for (const line of [secret, `using ${secret} now`, `["${secret}"]`, `x=${secret};`, `\u001b[32m${secret}\u001b[0m`]) {
    const shown = redact(line)
    expect(shown).not.toContain(secret.slice(0, 9))
    expect(shown).not.toContain(secret.slice(5))
    expect(shown).toContain('***')
  }
  expect(redact(`a ${secret} b`)).toBe(`a ${secret.slice(0, 4)}*** b`)
})

test.each([
  ['aws_secret_access_key = SECRET', 'aws_secret_access_key = ***'],
  ['AWS_SECRET_ACCESS_KEY=SECRET', 'AWS_SECRET_ACCESS_KEY=***'],
  ['DB_PASSWORD=SECRET next', 'DB_PASSWORD=*** next'],
  ['password=SECRET&user=me', 'password=***&user=me'],
  ['{"clientSecret":"SECRET","id":7}', '{"clientSecret":"***","id":7}'],
  ["'api_key': 'SECRET'", "'api_key': '***'"],
  ['"{\\"token\\":\\"SECRET\\"}"', '"{\\"token\\":\\"***\\"}"'],
  ['x-api-key: SECRET', 'x-api-key: ***'],
  ['run --token SECRET --verbose', 'run --token *** --verbose'],
  ['run --db-password=SECRET', 'run --db-password=***'],
  ['Authorization: Bearer SECRET', 'Authorization: Bearer ***'],
  ['authorization: Basic SECRET', 'authorization: Basic ***'],
  ['postgres://app:SECRET@db:5432/x', 'postgres://app:***@db:5432/x'],
  ['redis://:SECRET@cache', 'redis://:***@cache'],
  ['https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/SECRET', 'https://hooks.slack.com/services/***'],
  ['password: SECRET', 'password: ***'],
])('a value is masked by the name it is given: %s', (line, shown) => {
  for (const secret of ['hunter2hunter2', `${run(40)}`]) expect(redact(line.replace(/SECRET(?!_)/, secret))).toBe(shown)
})

test.each([
  'Compiled successfully in 1204 ms (342 modules)',
  'tokens: 5120 of 8192 used, max_tokens=100',
  'error: unexpected token: expected identifier',
  'Password: required',
  'secret=null token=false password=*** apiKey=${API_KEY}',
  'key=value keyboard=de monkey: 42',
  'pip install sk-learn-contrib-something-long-name',
  'task-0123456789abcdef0123456789 done',
  'disk-usage: 42 %',
  'npm_config_registry is set',
  'https://example.org:8080/path?x=1@2',
  'see https://user@example.org/a:b',
  'mailto:me@example.org',
  'bearer authentication is on',
  'sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  'commit 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12',
  '-----BEGIN CERTIFICATE-----',
  'AKIA is how key ids begin, ghp_ is how tokens do',
  'basic setup: 3 of 5',
  'public key fingerprint: SHA256:abc',
])('a harmless line stays as it is: %s', (line) => {
  expect(redact(line)).toBe(line)
})

const pem = [`-----BEGIN RSA ${'PRIVATE'} KEY-----`, run(64), run(64), `${run(30)}==`, `-----END RSA ${'PRIVATE'} KEY-----`]
const page = (texts: readonly string[], lane = 'a') => texts.map((text) => ({ text, lane }))
const shownBy = (redactor: Redactor, lines: { text: string; lane: string }[]): string[] =>
  redactor.lines(lines, ({ lane }) => lane).map(({ text }) => text)

test('a private key over several lines is masked between its marks, and nothing after it', () => {
  const shown = shownBy(new Redactor(), page(['before', ...pem, 'after']))
  expect(shown).toEqual(['before', `${pem[0]}***`, '***', '***', '***', `***${pem[4]}`, 'after'])
  expect(redact(`key ${pem.join('\\n')} end`)).toBe(`key ${pem[0]}***${pem[4]} end`)
})

test('a private key is masked across pages, and where a page begins or ends inside it', () => {
  const redactor = new Redactor()
  expect(shownBy(redactor, page(pem.slice(0, 2)))).toEqual([`${pem[0]}***`, '***'])
  expect(shownBy(redactor, page([...pem.slice(2), 'after']))).toEqual(['***', '***', `***${pem[4]}`, 'after'])
  expect(shownBy(new Redactor(), page([...pem.slice(2), 'after']))).toEqual(['***', '***', `***${pem[4]}`, 'after'])
})

test('streams side by side do not mix, and a key that was cut off hides no ordinary lines', () => {
  const mixed = [...page(pem.slice(0, 2), 'a'), ...page(['GET / 200'], 'b'), ...page([pem[2]!, 'goes on: yes, it does'], 'a')]
  expect(shownBy(new Redactor(), mixed).slice(2)).toEqual(['GET / 200', '***', 'goes on: yes, it does'])
})

test('data is masked by its names and its texts, however deep, and is itself where there is nothing to hide', () => {
  const secret = `${'gh'}p_${run(36)}`
  expect(
    redactData({
      apiKey: 'short',
      n: { db_password: ['a', 'b'], said: `used ${secret}` },
      token: 4711,
      list: [1, secret],
      tokens: 'x',
    }),
  ).toEqual({
    apiKey: '***',
    n: { db_password: ['***', '***'], said: `used ${secret.slice(0, 4)}***` },
    token: 4711,
    list: [1, `${secret.slice(0, 4)}***`],
    tokens: 'x',
  })
  const harmless = { stage: 'eval', models: ['a', { b: null }], token: '', secret: 'none' }
  expect(redactData(harmless)).toBe(harmless)
})
