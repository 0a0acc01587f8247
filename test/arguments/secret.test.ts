import { expect, test } from "bun:test";
import { isSecret, isSecretName } from "../../src/arguments/secret.ts";

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
  "dbpassword",
  "PGPASSWORD",
  "authtoken",
  "clientsecret",
  "secretkey",
  // A second one of several.
  "password2",
  "newPassword1",
  "token2",
  "apiKey2",
  "DB_PASS1",
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
  "passwordless",
  "subtoken",
  "key2",
  "max-tokens2",
])("%s is not", (name) => expect(isSecretName(name)).toBe(false));

test.each([
  [{ autonomy: "manual", env: ["A"] }, true],
  // As a table may have it that is wrong in other ways.
  [{ autonomy: "manual", env: "A" }, true],
  [{ autonomy: "manual", env: [] }, false],
  [{ autonomy: "manual" }, false],
  [{ autonomy: "confirm", env: ["A"] }, false],
  [{ ui: "password" }, true],
  [{ ui: "text" }, false],
  [{ name: "token" }, true],
])("an argument with %j is a secret: %p", (fields, secret) => {
  expect(isSecret({ name: "n", ...fields })).toBe(secret);
});
