// Other ways to prove to be an account than its own password: tokens, certificates, and somebody else who knows.
import type { LoginFrom } from "../core.ts";
import type { CertificateNames } from "../model/certificate.ts";
import { nameOf, type UserId } from "../model/ids.ts";
import { accountNamed } from "./account-name.ts";
import { accountsIn, type CertificateRule } from "./certificate-rule.ts";
import type { JwtKeys } from "./jwt.ts";
import type { Webhook, WebhookQuestion } from "./webhook.ts";

export interface ProofParts {
  readonly host: string;
  readonly jwt?: JwtKeys | undefined;
  readonly certificates?: CertificateRule | undefined;
  readonly webhook?: Webhook | undefined;
  /** Accounts that are proved so and not there are made. */
  readonly createAccounts?: boolean | undefined;
}

export class Proofs {
  readonly #parts: ProofParts;

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  get createAccounts(): boolean {
    return this.#parts.createAccounts === true;
  }

  get asksAboutPasswords(): boolean {
    return this.#parts.webhook !== undefined;
  }

  get trustsTokens(): boolean {
    return this.#parts.jwt !== undefined;
  }

  /** The account of this host that a configured key vouches for. */
  async inToken(token: string): Promise<UserId | undefined> {
    return this.#parts.jwt?.holder(token);
  }

  inCertificate(certificate: CertificateNames): readonly UserId[] {
    return accountsIn(certificate, this.#parts.certificates ?? "none", this.#parts.host);
  }

  /** Faults: unavailable. */
  async allowsPassword(user: UserId, password: string, from: LoginFrom): Promise<boolean> {
    // No account can have that name, or nothing is there to be asked about.
    if (accountNamed(nameOf(user), this.#parts.host) !== user || password === "") return false;
    return (await this.#parts.webhook?.allows(questionOf(user, password, from))) ?? false;
  }

  /** Whether the service said so a moment ago. */
  async remembersPassword(user: UserId, password: string, from: LoginFrom): Promise<boolean> {
    return (await this.#parts.webhook?.remembers(questionOf(user, password, from))) ?? false;
  }
}

function questionOf(user: UserId, password: string, { device, remote }: LoginFrom): WebhookQuestion {
  return { user, password, device, remote };
}
