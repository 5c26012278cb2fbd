// The page that an error's href leads to.
import type { HttpReply } from "#core";
import { type ErrorEntry, errors } from "./faults.ts";

export function errorsPage(): HttpReply {
  const rows = Object.entries<ErrorEntry>(errors).map(
    ([word, { close, retryable, text }]) =>
      `<tr id="${word}"><td><code>${word}</code><td>${text}<td>${retryable ? "yes" : "no"}<td>${close}</tr>`,
  );
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Error codes</title><h1>Error codes</h1>
<table><tr><th>code<th>meaning<th>retry as it is<th>closes with</tr>
${rows.join("\n")}
</table></html>
`;
  return { status: 200, contentType: "text/html; charset=utf-8", body };
}
