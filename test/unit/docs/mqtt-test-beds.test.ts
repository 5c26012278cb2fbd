import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../../src/ops/config.ts";

const guide = new URL("../../../../docs/guides/mqtt-test-beds.md", import.meta.url);

describe("the guide to MQTT test beds", () => {
  it("shows a configuration that the server takes", () => {
    const yaml = /```yaml\n(.*?)```/s.exec(readFileSync(guide, "utf8"))![1]!;
    const folder = mkdtempSync(join(tmpdir(), "trivium-guide-"));
    const file = join(folder, "test-bed.yaml");
    try {
      writeFileSync(file, yaml);
      const { mqtt, acl } = loadConfig({ file, env: {} });

      assert.deepEqual([mqtt.anonymous, mqtt.keep_alive_maximum_s, acl.length], ["guest", 60, 2]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
