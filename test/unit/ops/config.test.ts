import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withoutPasswords } from "../../../src/cli/config.ts";
import { ConfigError, loadConfig } from "../../../src/ops/config.ts";
import { leaves } from "../../../src/ops/config-leaves.ts";

describe("configuration", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "trivium-config-"))));
  after(() => rmSync(folder, { recursive: true }));

  function fileWith(text: string): string {
    const file = join(folder, "trivium.yaml");
    writeFileSync(file, text);
    return file;
  }

  function refusal(sources: Partial<Parameters<typeof loadConfig>[0]>): string {
    try {
      loadConfig({ env: {}, ...sources });
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.message;
    }
    assert.fail("it was accepted");
  }

  it("has safe defaults", () => {
    const config = loadConfig({ env: {} });

    assert.deepEqual(
      [config.host, config.domain, config.data_dir, config.registration, config.store, config.redis.url],
      ["127.0.0.1", "localhost", "./data", "closed", "sqlite", ""],
    );
    assert.deepEqual([config.http.port, config.mqtt.port, config.xmpp.port], [8080, 1883, 5222]);
  });

  it("takes a file over the defaults, a variable over the file, a flag over the variable", () => {
    const file = fileWith("http: { port: 1 }\nmqtt: { port: 1 }\nxmpp: { port: 1 }\n");

    const config = loadConfig({
      file,
      env: { TRIVIUM_MQTT_PORT: "2", TRIVIUM_XMPP_PORT: "2" },
      flags: { "--xmpp-port": "3" },
    });

    assert.deepEqual([config.http.port, config.mqtt.port, config.xmpp.port], [1, 2, 3]);
  });

  it("finds the file by TRIVIUM_CONFIG", () => {
    const file = fileWith("domain: example.org\n");

    assert.equal(loadConfig({ env: { TRIVIUM_CONFIG: file } }).domain, "example.org");
  });

  it("reads records as JSON from a variable, and from a file as they are", () => {
    const pair = { TRIVIUM_TLS_CERT: "c", TRIVIUM_TLS_KEY: "k" };
    const file = fileWith("tls: { cert: c, key: k, hosts: [{ cert: a, key: b }] }\n");

    const config = loadConfig({ env: { ...pair, TRIVIUM_TLS_HOSTS: '[{"cert":"x","key":"y","names":["z"]}]' } });

    assert.deepEqual(config.tls.hosts, [{ cert: "x", key: "y", names: ["z"] }]);
    assert.deepEqual(loadConfig({ file, env: {} }).tls.hosts, [{ cert: "a", key: "b", names: [] }]);
    assert.match(refusal({ env: { ...pair, TRIVIUM_TLS_HOSTS: "a.pem" } }), /^TRIVIUM_TLS_HOSTS: tls\.hosts: /);
  });

  it("refuses half a pair, client certificates that nobody may sign, and proxies that nobody named", () => {
    assert.match(refusal({ env: { TRIVIUM_TLS_CERT: "c" } }), /^TRIVIUM_TLS_CERT: tls\.cert and tls\.key go together$/);
    const asked = { TRIVIUM_TLS_CERT: "c", TRIVIUM_TLS_KEY: "k", TRIVIUM_TLS_CLIENT_CERTIFICATES: "request" };
    assert.match(refusal({ env: asked }), /need tls\.ca$/);
    assert.match(refusal({ env: { TRIVIUM_PROXY_PROTOCOL_LISTENERS: "mqtt" } }), /must name the proxies$/);
    assert.match(refusal({ env: { TRIVIUM_PROXY_PROTOCOL_LISTENERS: "smtp" } }), /proxy_protocol\.listeners/);
  });

  it("reads a list with commas from a variable", () => {
    const config = loadConfig({ env: { TRIVIUM_ORIGINS: "https://a.example, https://b.example" } });

    assert.deepEqual(config.origins, ["https://a.example", "https://b.example"]);
  });

  it("reads true and false from a variable, and nothing else for them", () => {
    const name = "TRIVIUM_MQTT_INSECURE_PASSWORDS";

    assert.equal(loadConfig({ env: { [name]: "true" } }).mqtt.insecure_passwords, true);
    assert.equal(loadConfig({ env: { [name]: "false" } }).mqtt.insecure_passwords, false);
    assert.match(refusal({ env: { [name]: "yes" } }), /expected boolean/);
  });

  it("reads a list of rules from a file, and as YAML from a variable", () => {
    const file = fileWith('acl:\n  - { effect: deny, who: ["user:bob"], topics: ["a/#"] }\n');
    const rule = { effect: "deny", who: ["user:bob"], may: "all", topics: ["a/#"] };

    assert.deepEqual(loadConfig({ file, env: {} }).acl, [rule]);
    assert.deepEqual(loadConfig({ env: { TRIVIUM_ACL: '[{effect: deny, who: ["user:bob"], topics: [a/#]}]' } }).acl, [
      rule,
    ]);
    assert.match(
      refusal({ env: { TRIVIUM_ACL: '[{effect: deny, topics: ["a/#/b"]}]' } }),
      /TRIVIUM_ACL: acl\.0\.topics\.0: must be a topic filter/,
    );
    assert.match(
      refusal({ env: { TRIVIUM_ACL: "[{effect: deny, who: [bob], topics: [a]}]" } }),
      /must be all, anonymous, user:NAME/,
    );
    assert.match(refusal({ env: { TRIVIUM_ACL: "{" } }), /TRIVIUM_ACL: acl: /);
  });

  it("refuses keys and webhooks that are not safe", () => {
    const jwt = (key: string) => refusal({ env: { TRIVIUM_AUTH_JWT: `[{${key}}]` } });
    const secret = "secret: a-secret-of-more-than-thirty-two-characters";

    assert.match(jwt("algorithms: [HS256]"), /must have one of secret, public_key/);
    assert.match(jwt(`${secret}, public_key: x, algorithms: [HS256]`), /must have one of/);
    assert.match(jwt("secret: short, algorithms: [HS256]"), /TRIVIUM_AUTH_JWT: auth\.jwt\.0\.secret/);
    assert.match(jwt(`${secret}, algorithms: [none]`), /auth\.jwt\.0\.algorithms\.0/);
    assert.match(jwt(`${secret}, algorithms: [HS256, RS256]`), /must be HS… with a secret/);
    assert.match(jwt("public_key: x, algorithms: [HS256]"), /must be HS… with a secret/);
    assert.match(jwt("jwks_url: 'https://idp.example.org/k', algorithms: [ES256]"), /needs issuer and audience/);
    const open = "jwks_url: 'http://idp.example.org/k', algorithms: [ES256], issuer: i, audience: a";
    assert.match(jwt(open), /must be https/);
    assert.match(refusal({ env: { TRIVIUM_AUTH_WEBHOOK_URL: "http://10.0.0.1/" } }), /must be https/);
    assert.match(refusal({ env: { TRIVIUM_AUTH_WEBHOOK_URL: "ftp://10.0.0.1/" } }), /auth\.webhook\.url/);
    for (const text of [jwt("secret: short, algorithms: [HS256]"), jwt(`${secret}, algorithms: [none]`)])
      assert.doesNotMatch(text, /short|thirty-two-characters/);
    assert.equal(loadConfig({ env: { TRIVIUM_AUTH_JWT: `[{${open}, allow_private: true}]` } }).auth.jwt.length, 1);
  });

  it("is printed without its secrets", () => {
    const secrets = {
      TRIVIUM_AUTH_JWT: '[{secret: "canary-1-of-more-than-thirty-two-characters", algorithms: [HS256]}]',
      TRIVIUM_AUTH_WEBHOOK_URL: "https://trivium:canary-2@example.org/",
      TRIVIUM_AUTH_WEBHOOK_TOKEN: "canary-3",
      TRIVIUM_METRICS_TOKEN: "canary-4",
      TRIVIUM_POSTGRES_URL: "postgres://trivium:canary-5@localhost/x?sslpassword=canary-6",
      TRIVIUM_REDIS_URL: "redis://:canary-7@localhost",
    };

    const printed = JSON.stringify(withoutPasswords(loadConfig({ env: secrets })));

    assert.doesNotMatch(printed, /canary/);
    assert.match(printed, /"secret":"\*\*\*"/);
  });

  it("ignores variables of others", () => {
    assert.equal(loadConfig({ env: { PATH: "/bin", TRIVIUMPH: "1" } }).domain, "localhost");
  });

  it("refuses an unknown key with the nearest right one", () => {
    const file = fileWith("http: { prot: 80 }\n");

    assert.match(refusal({ file }), /trivium\.yaml: unknown key http\.prot; did you mean http\.port\?/);
  });

  it("refuses an unknown section with the nearest right one", () => {
    assert.match(
      refusal({ file: fileWith("limit: { connections: 1 }\n") }),
      /unknown key limit; did you mean limits\?/,
    );
  });

  it("refuses an unknown variable with the nearest right one", () => {
    assert.match(
      refusal({ env: { TRIVIUM_HTTPPORT: "1" } }),
      /unknown variable TRIVIUM_HTTPPORT; did you mean TRIVIUM_HTTP_PORT\?/,
    );
  });

  it("refuses an unknown flag with the nearest right one", () => {
    assert.match(refusal({ flags: { "--data": "x" } }), /unknown flag --data; did you mean --data-dir\?/);
  });

  it("names the place of a wrong value, and complains of all at once", () => {
    const text = refusal({ env: { TRIVIUM_HTTP_PORT: "eighty", TRIVIUM_REGISTRATION: "maybe" } });

    assert.match(text, /^TRIVIUM_HTTP_PORT: http\.port: .*expected number/m);
    assert.match(text, /^TRIVIUM_REGISTRATION: registration: .*"closed"\|"open"/m);
  });

  it("refuses a port that is none, and a domain that is none", () => {
    assert.match(refusal({ env: { TRIVIUM_MQTT_PORT: "65536" } }), /mqtt\.port/);
    assert.match(refusal({ env: { TRIVIUM_DOMAIN: "Exämple" } }), /must be a host name in lower case/);
  });

  it("refuses a file that is not YAML by its line, without showing what stands there", () => {
    const text = refusal({ file: fileWith('domain: localhost\npostgres: { url: "secret\n') });

    assert.match(text, /trivium\.yaml:\d+: not YAML/);
    assert.doesNotMatch(text, /secret/);
  });

  it("refuses a file that is not there", () => {
    assert.match(refusal({ file: join(folder, "none.yaml") }), /cannot read .*none\.yaml: ENOENT/);
  });

  it("asks for a database address with store: postgres", () => {
    assert.match(
      refusal({ env: { TRIVIUM_STORE: "postgres" } }),
      /TRIVIUM_STORE: store is postgres, but postgres\.url is empty/,
    );
  });

  it("gives every setting one variable and one flag, and a description", () => {
    assert.equal(new Set(leaves.map(({ variable }) => variable)).size, leaves.length);
    assert.equal(new Set(leaves.map(({ flag }) => flag)).size, leaves.length);
    assert.deepEqual(
      leaves.filter(({ description }) => description === ""),
      [],
    );
  });
});
