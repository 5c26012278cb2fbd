// Which release this is, as its package says.
import { readFileSync } from "node:fs";

/** Beside `dist`, wherever the package is installed. */
const manifest = new URL("../../../package.json", import.meta.url);

export const version: string = (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
