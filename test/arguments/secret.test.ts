import { expect, test } from "bun:test";
import { isSecretName } from "../../src/arguments/secret.ts";

test.each([
  "password",
  "db-password",
  "DB_PASSWORD",
  "dbPassword",
  "passwords",
  "pass",
  "pwd",
  "token",
  "githubToken",
  "token-file",
  "client-secret",
  "secrets",
  "api-key",
  "apiKey",
  "APIKey",
  "APIToken",
  "DBPassword",
  "api_keys",
  "accessKey",
  "private-key",
  "credentials",
  "creds",
  "db.password",
])("%s is the name of a secret", (name) => expect(isSecretName(name)).toBe(true));

test.each([
  "max-tokens",
  "maxTokens",
  "secretary",
  "bypass",
  "compass",
  "key",
  "keyfile",
  "tokenizer",
  "passenger",
])("%s is not", (name) => expect(isSecretName(name)).toBe(false));
