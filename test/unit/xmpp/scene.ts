// Romeo and Julia: two people who are online, new in each test, and gone after it.
import type { XmppOptions } from "../../../protocols/xmpp/index.ts";
import { serve, type Served } from "./served.ts";
import { Talker } from "./socket.ts";

export interface Scene {
  readonly served: Served;
  readonly romeo: Talker;
  readonly julia: Talker;
}

/** Registers what mocha does before and after the tests of the suite at hand. */
export function scene(options: XmppOptions = {}): Scene {
  const at: { served?: Served; romeo?: Talker; julia?: Talker } = {};
  before(async () => {
    at.served = await serve(options);
  });
  after(() => at.served?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    const { url, couple } = at.served!;
    const [one, other] = await couple();
    [at.romeo, at.julia] = await Promise.all([
      Talker.available(url, one, "garden"),
      Talker.available(url, other, "balcony"),
    ]);
  });
  afterEach(() => {
    at.romeo?.wire.cut();
    at.julia?.wire.cut();
  });
  return at as Scene;
}
