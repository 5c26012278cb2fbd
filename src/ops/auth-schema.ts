// How clients prove who they are, beside the passwords of accounts, as it is configured.
import { z } from "zod";

const secretAlgorithms = ["HS256", "HS384", "HS512"] as const;
const publicAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
] as const;
const sources = ["secret", "public_key", "public_key_file", "jwks_file", "jwks_url"] as const;

/** In plain only within a private network. */
function isSafe(url: string, allowPrivate: boolean): boolean {
  return allowPrivate || url === "" || url.startsWith("https:");
}

const httpUrl = z.url({ protocol: /^https?$/ });

const key = z
  .strictObject({
    secret: z.string().min(32).optional().describe("Shared with the issuer; 32 characters at least (RFC 7518 §3.2)."),
    public_key: z.string().min(1).optional().describe("PEM."),
    public_key_file: z.string().min(1).optional().describe("A PEM file, read at the start."),
    jwks_file: z.string().min(1).optional().describe("A key set (RFC 7517), read at the start."),
    jwks_url: httpUrl.optional().describe("A key set, read when it is needed, and again when it has changed."),
    algorithms: z
      .array(z.enum([...secretAlgorithms, ...publicAlgorithms]))
      .min(1)
      .describe("The only ones accepted with this key. HS… with a secret, and nothing else with one."),
    issuer: z.string().min(1).optional().describe("What `iss` must be."),
    audience: z.string().min(1).optional().describe("What `aud` must be or hold."),
    account_claim: z
      .string()
      .min(1)
      .default("sub")
      .describe("The claim that names the account: alice, or alice@domain."),
    allow_private: z.boolean().default(false).describe("jwks_url may be an address of a private network, and http."),
  })
  .refine(({ jwks_url, allow_private }) => jwks_url === undefined || isSafe(jwks_url, allow_private), {
    path: ["jwks_url"],
    error: "must be https, unless allow_private is set: whoever is on the way could put in keys of his own",
  })
  .refine((one) => sources.filter((source) => one[source] !== undefined).length === 1, {
    error: `must have one of ${sources.join(", ")}`,
  })
  .refine(
    ({ secret, algorithms }) => algorithms.every((algorithm) => algorithm.startsWith("HS") === (secret !== undefined)),
    { path: ["algorithms"], error: "must be HS… with a secret, and no HS… with a public key" },
  )
  .refine(
    ({ jwks_url, issuer, audience }) => jwks_url === undefined || (issuer !== undefined && audience !== undefined),
    {
      error: "jwks_url needs issuer and audience: its keys sign tokens for others, too",
    },
  );

export type JwtKeyConfig = z.output<typeof key>;

export const authSchema = z
  .strictObject({
    create_accounts: z
      .boolean()
      .describe("Make the account of who proves by token, certificate or webhook to be it, if there is none."),
    jwt: z
      .array(key)
      .max(20)
      .describe(
        "Keys whose tokens are taken for a password, or where a token is asked. See docs/reference/authentication.md.",
      ),
    certificates: z
      .enum(["none", "common_name", "email", "dns_name", "xmpp_address"])
      .describe(
        "The name in a verified client certificate that is the account's: alice, alice@domain, alice.domain, a JID. none: they prove nobody.",
      ),
    webhook: z
      .strictObject({
        url: z
          .union([z.literal(""), httpUrl])
          .describe(
            "Asked by POST whether a password that is not the account's own is right. Empty: nobody is. See docs/reference/authentication.md.",
          ),
        token: z.string().describe("Sent along as Authorization: Bearer. Empty: none."),
        timeout_ms: z.int().min(1).max(60_000).describe("For the answer. Then the login is refused."),
        concurrent: z
          .int()
          .min(1)
          .max(1000)
          .describe("Questions asked at once; ten times as many wait, others are refused."),
        cache_ms: z.int().min(0).max(86_400_000).describe("How long an answer, yes or no, holds."),
        allow_private: z
          .boolean()
          .describe("The URL may be an address of this machine or of a private network, and http."),
      })
      .refine(({ url, allow_private }) => isSafe(url, allow_private), {
        path: ["url"],
        error: "must be https, unless allow_private is set: it is told passwords",
      })
      .describe("Somebody else who knows passwords."),
  })
  .describe("How clients prove who they are.");
