// One HTTP request, to a server whose certificate may be anybody's: a judged server signs its own.
import { request as plain, type IncomingHttpHeaders } from "node:http";
import { request as secure } from "node:https";
import { text } from "node:stream/consumers";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export function http(
  method: "GET" | "HEAD" | "PUT",
  url: string,
  body = "",
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpAnswer> {
  const request = url.startsWith("https:") ? secure : plain;
  const length: Record<string, string> = method === "PUT" ? { "content-length": `${Buffer.byteLength(body)}` } : {};
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: { ...headers, ...length }, agent: false, rejectUnauthorized: false });
    sent.on("error", reject);
    sent.on("response", (answer) => {
      text(answer).then(
        (said) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: said }),
        reject,
      );
    });
    sent.end(body);
  });
}
