import { createMemoryStore } from "../../src/store/memory/index.ts";
import { storeContract } from "../../src/testing/store-contract.ts";

storeContract("memory", { open: async () => createMemoryStore(), shared: false });
