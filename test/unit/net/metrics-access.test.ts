import assert from "node:assert/strict";
import { metricsRefusal } from "../../../src/net/metrics-access.ts";

describe("access to the metrics", () => {
  const here = { token: "", allow: "loopback" } as const;

  it("is for this machine, however its address is written", () => {
    for (const remote of ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
      assert.equal(metricsRefusal(here, remote, {}), undefined);
    for (const remote of ["192.0.2.7", "::ffff:192.0.2.7", "", undefined])
      assert.equal(metricsRefusal(here, remote, {}), 403);
  });

  it("is not for who comes through a proxy on this machine", () => {
    for (const header of ["forwarded", "x-forwarded-for", "x-real-ip", "via"])
      assert.equal(metricsRefusal(here, "127.0.0.1", { [header]: "192.0.2.7" }), 403);
  });

  it("needs the token from this machine too, when there is one", () => {
    const guarded = { token: "s3cret", allow: "all" } as const;

    assert.equal(metricsRefusal(guarded, "127.0.0.1", {}), 401);
    assert.equal(metricsRefusal(guarded, "127.0.0.1", { authorization: "Bearer " }), 401);
    assert.equal(metricsRefusal(guarded, "192.0.2.7", { authorization: "bearer s3cret" }), undefined);
  });
});
