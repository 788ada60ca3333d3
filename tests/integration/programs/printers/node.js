// What Node prints. Each function is called with every secret.
'use strict';

const assert = require('assert');
const child = require('child_process');
const fs = require('fs');
const path = require('path');
const querystring = require('querystring');
const url = require('url');
const util = require('util');

const methods = {
  printed: (s) => console.log(s),
  object: (s) => console.log({ token: s, nested: { list: [s] } }),
  list: (s) => console.log(['curl', '-u', s]),
  inspected: (s) => console.log(util.inspect(s), util.inspect({ a: { b: { c: { d: s } } } })),
  inspected_deep: (s) => console.log(util.inspect({ a: { b: [s] } }, { depth: null, colors: true })),
  inspected_map: (s) => console.log(new Map([['token', s]]), new Set([s])),
  inspected_class: (s) => console.log(new (class Login { constructor() { this.password = s; } })()),
  formatted: (s) => console.log('%s %j %o', s, s, s),
  table: (s) => console.table([{ name: 'x', token: s }]),
  stringified: (s) => console.log(JSON.stringify({ token: s })),
  stringified_indented: (s) => console.log(JSON.stringify({ token: s }, null, 2)),
  json_in_json: (s) => console.log(JSON.stringify({ body: JSON.stringify({ token: s }) })),
  json_inspected: (s) => console.log({ body: JSON.stringify({ token: s }) }),
  buffer: (s) => console.log(Buffer.from(s)),
  buffer_in_object: (s) => console.log({ data: Buffer.from(s) }),
  buffer_json: (s) => console.log(JSON.stringify(Buffer.from(s))),
  buffer_hex: (s) => console.log(Buffer.from(s).toString('hex')),
  buffer_base64: (s) => console.log(Buffer.from(s).toString('base64')),
  buffer_base64url: (s) => console.log(Buffer.from(s).toString('base64url')),
  buffer_utf16: (s) => console.log(Buffer.from(s, 'utf16le').toString('base64')),
  bytes: (s) => console.log(new Uint8Array(Buffer.from(s))),
  code_units: (s) => console.log(Array.from(s, (c) => c.charCodeAt(0)).join(',')),
  uri: (s) => console.log(encodeURI(s)),
  uri_component: (s) => console.log('https://h/?t=' + encodeURIComponent(s)),
  uri_in_uri: (s) => console.log(encodeURIComponent('https://h/?t=' + encodeURIComponent(s))),
  json_in_uri: (s) => console.log(encodeURIComponent(JSON.stringify({ token: s }))),
  escaped: (s) => console.log(escape(s)),
  query: (s) => console.log(querystring.stringify({ token: s }), new URLSearchParams({ token: s })),
  query_text: (s) => console.log(new URLSearchParams({ token: s }).toString()),
  address: (s) => { const u = new URL('https://h/'); u.password = s; u.username = 'u'; u.searchParams.set('t', s); console.log(u.href, u); },
  address_parsed: (s) => console.log(url.parse('https://u:' + encodeURIComponent(s) + '@h/')),
  address_refused: (s) => new URL(s),
  error: (s) => { throw new Error('login failed: ' + s); },
  error_with_cause: (s) => { throw new Error('login failed', { cause: { password: s } }); },
  error_with_property: (s) => { throw Object.assign(new Error('no'), { config: { headers: { auth: s } } }); },
  not_json: (s) => JSON.parse('{"token": ' + s + '}'),
  not_equal: (s) => assert.strictEqual(s, 'other'),
  not_deep_equal: (s) => assert.deepStrictEqual({ token: s, user: 'u' }, { token: 'other', user: 'u' }),
  no_match: (s) => assert.match(s, /^never there$/),
  no_file: (s) => fs.readFileSync(s),
  no_module: (s) => require(s),
  no_program: (s) => child.execFileSync(s),
  failed: (s) => child.execFileSync('false', ['-u', s]),
  failed_with_output: (s) => child.execFileSync('sh', ['-c', 'printf %s "$1" >&2; exit 1', '-', s], { stdio: 'pipe' }),
  warned: (s) => console.warn('%o', { token: s }),
  environment: () => console.log(process.env),
  long_list: (s) => console.log(Array.from({ length: 8 }, () => s)),
  template: (s) => console.log(`password=${s};`),
  as_regex: (s) => console.log(s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
};

// A pipe that is full would delay what is written to one stream and not what is written to the other.
for (const stream of [process.stdout, process.stderr]) stream._handle?.setBlocking?.(true);

const write = (text) => process.stdout.write(text + '\n');

for (const [name, method] of Object.entries(methods)) {
  for (const file of fs.readdirSync(process.env.SECRETS).sort()) {
    const secret = fs.readFileSync(path.join(process.env.SECRETS, file), 'utf8').replace(/\n$/, '');
    process.env.SECRET = secret;
    write(`\x1e${name}\x1f${file}`);
    try {
      method(secret);
    } catch (error) {
      write(util.inspect(error));
      if (error.stack) write(error.stack);
    }
  }
}
