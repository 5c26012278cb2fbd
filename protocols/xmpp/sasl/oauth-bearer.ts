// OAUTHBEARER (RFC 7628): a token in place of a password, in a message that says whose.
import { type Core, Fault, tokenExpiry, type UserId } from "#core";
import { accountOf } from "../addressing.ts";
import { type SaslExchange, SaslFailure, textOf } from "./exchange.ts";
import { failed } from "./outcome.ts";

/** §3.1: GS2 header, then fields between octets 0x01, and one more of those. No channel binding (§3.1 there is no -PLUS). */
const clientMessage = /^([ny]|p=[^,]*),(?:a=([^,]+))?,\x01((?:[A-Za-z]+=[\x09\x0a\x0d\x20-\x7e]*\x01)*)\x01$/;
/** RFC 6750 §2.1, the scheme's name in any case. */
const bearer = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i;

export function oauthBearer(core: Core): SaslExchange {
  let refused = false;
  return {
    step: async (message) => {
      // §3.2.3: after the server's error the client says 0x01, and only then does the exchange fail.
      if (refused) throw new SaslFailure("not-authorized");
      const { authzid, token } = read(textOf(message));
      const named = authzid === "" ? undefined : namedIn(core, authzid);
      try {
        const user = await core.accounts.verifyToken(token, named);
        return { user, until: tokenExpiry(token) };
      } catch (error) {
        if (!(error instanceof Fault && error.code === "unauthorized")) return failed(error);
        refused = true;
        return { challenge: JSON.stringify({ status: "invalid_token" }) }; // §3.2.2
      }
    },
  };
}

interface ClientMessage {
  readonly authzid: string;
  readonly token: string;
}

function read(text: string): ClientMessage {
  const [, flag, authzid = "", fields] = clientMessage.exec(text) ?? [];
  if (fields === undefined || flag!.startsWith("p")) throw new SaslFailure("malformed-request");
  const auth = fields.split("\x01").find((field) => field.startsWith("auth="));
  const token = bearer.exec(auth?.slice("auth=".length) ?? "")?.[1];
  if (token === undefined) throw new SaslFailure("malformed-request");
  return { authzid: authzid.replaceAll("=2C", ",").replaceAll("=3D", "="), token };
}

function namedIn(core: Core, authzid: string): UserId {
  const user = accountOf(authzid, core.host);
  if (user === undefined) throw new SaslFailure("invalid-authzid");
  return user;
}
