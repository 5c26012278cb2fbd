// Where a command gets a password from: a flag, standard input, or a question that does not show the answer.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";

export interface PasswordOptions {
  readonly password?: string | undefined;
  readonly passwordStdin?: boolean | undefined;
}

export async function passwordFrom({ password, passwordStdin }: PasswordOptions): Promise<string> {
  if (password !== undefined) return password;
  if (passwordStdin === true) return firstLine();
  if (!process.stdin.isTTY)
    throw new Error("no password: give --password, or --password-stdin and the password on standard input");
  const first = await asked("password: ");
  if (first !== (await asked("again: "))) throw new Error("the two are not the same");
  return first;
}

async function firstLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw new Error("no password on standard input");
}

function asked(question: string): Promise<string> {
  process.stderr.write(question);
  // The terminal's echo goes through readline's output, which is thrown away.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve, reject) => {
    reader.once("SIGINT", () => {
      reader.close();
      reject(new Error("given up"));
    });
    reader.question("", (answer) => {
      reader.close();
      process.stderr.write("\n");
      resolve(answer);
    });
  });
}
