/** What is no secret stays as it is, beside what is one. That the log writes none is `adapters/log/pino.test.ts`. */
import { describe, expect, it } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

describe('without secrets', () => {
  it('[LO2] a field is replaced by its whole name, however it is written', () => {
    const secrets = { token: 'x', apiKey: 'x', 'api-key': 'x', private_key: 1, SEED: [1] };
    expect(Object.values(withoutSecrets(secrets))).toEqual(Object.keys(secrets).map(() => '[secret]'));
    const others = { tokens: 't', mytoken: 't', secretary: 't', seeds: 3, bytesSent: 4 };
    expect(withoutSecrets(others)).toEqual(others);
    expect(withoutSecrets({ deep: [{ nonce: 'x', n: null }], flag: true })).toEqual({
      deep: [{ nonce: '[secret]', n: null }],
      flag: true,
    });
  });

  it.each([
    ['Bearer  hidden, then more', 'Bearer  [secret], then more'],
    ['basic hidden;BEARER hidden', 'basic [secret];BEARER [secret]'],
    ['api_key=hidden apikey: hidden&api-key = "hidden"', 'api_key=[secret] apikey: [secret]&api-key = "[secret]"'],
    ['http://one:two@host and http://host/@path', 'http://[secret]@host and http://host/@path'],
    ['tokens are kept, no secret is told', 'tokens are kept, no secret is told'],
  ])('[LO2] in a text only what stands where credentials do: %s', (text, cleaned) => {
    expect(withoutSecrets({ text })).toEqual({ text: cleaned });
  });
});
