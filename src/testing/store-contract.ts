// The one suite that every adapter of the store passes: its contract, sentence by sentence.
import type { Store } from "../store/store.ts";
import { accountTests } from "./store/account-tests.ts";
import { archiveTests } from "./store/archive-tests.ts";
import { clientTokenTests } from "./store/client-token-tests.ts";
import { deviceTests } from "./store/device-tests.ts";
import { keptTests } from "./store/kept-tests.ts";
import { logTests } from "./store/log-tests.ts";
import { modelTests } from "./store/model-tests.ts";
import { nodeTests } from "./store/node-tests.ts";
import { originTests } from "./store/origin-tests.ts";
import { positionTests } from "./store/position-tests.ts";
import { pubNodeTests } from "./store/pub-node-tests.ts";
import { relationTests } from "./store/relation-tests.ts";
import { roomTests } from "./store/room-tests.ts";
import { searchTests } from "./store/search-tests.ts";
import { sharedTests } from "./store/shared-tests.ts";
import { topicTests } from "./store/topic-tests.ts";
import { willTests } from "./store/will-tests.ts";

export interface StoreAdapter {
  /** A started store, the suite's to dispose of. */
  open(): Promise<Store>;
  /** All that are opened hold the same data, and keep it when they are closed. */
  readonly shared: boolean;
  setUp?(): Promise<void>;
  tearDown?(): Promise<void>;
}

export function storeContract(name: string, adapter: StoreAdapter): void {
  describe(`the store contract, kept by ${name}`, function () {
    this.timeout(30_000);
    let store: Store;

    before(async () => {
      await adapter.setUp?.();
      store = await adapter.open();
    });
    after(async () => {
      await store?.[Symbol.asyncDispose]();
      await adapter.tearDown?.();
    });

    const use = (): Store => store;
    logTests(use);
    archiveTests(use);
    relationTests(use);
    originTests(use);
    positionTests(use);
    searchTests(use);
    keptTests(use);
    topicTests(use);
    sharedTests(use);
    deviceTests(use);
    willTests(use);
    roomTests(use);
    accountTests(use);
    clientTokenTests(use);
    pubNodeTests(use);
    modelTests(use);
    if (adapter.shared) nodeTests(adapter);
  });
}
