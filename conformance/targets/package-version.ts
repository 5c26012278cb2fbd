import { readFile } from "node:fs/promises";

/** What a package.json says. */
export async function packageVersion(file: URL): Promise<string> {
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}
