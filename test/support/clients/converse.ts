// A person at Converse.js in a browser: what one does is clicked and typed, what one sees is looked for on the page.
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { passwordOf } from "../server.ts";
import { domain, roomsDomain } from "./xmpp-words.ts";

/** A busy machine is no broken server. */
const patienceMs = 30_000;

export class Converse {
  readonly user: string;
  /** What the browser complained about: exceptions, refused requests, refused stanzas. */
  readonly complaints: string[] = [];
  readonly #context: BrowserContext;
  readonly #page: Page;

  private constructor(user: string, context: BrowserContext, page: Page) {
    this.user = user;
    this.#context = context;
    this.#page = page;
    page.setDefaultTimeout(patienceMs);
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  /** In a browser of its own, which knows nothing yet. */
  static async open(
    browser: Browser,
    url: string,
    user: string,
    size = { width: 960, height: 600 },
  ): Promise<Converse> {
    const context = await browser.newContext({ viewport: size, ignoreHTTPSErrors: true });
    // Its page thanks sponsors with pictures from its makers' host.
    await context.route(/^https:\/\/conversejs\.org\//, (route) => route.fulfill({ status: 204 }));
    const converse = new Converse(user, context, await context.newPage());
    await converse.#page.goto(url);
    return converse;
  }

  async logIn(): Promise<void> {
    await this.#page.fill("input[name=jid]", `${this.user}@${domain}`);
    await this.#page.fill("input[name=password]", passwordOf(this.user));
    await this.#page.click("#converse-login button[type=submit]");
    await this.#loggedIn();
  }

  async openChat(peer: string): Promise<void> {
    await this.#turnTo("chat", `${peer}@${domain}`);
  }

  async enterRoom(room: string): Promise<void> {
    await this.#turnTo("room", `${room}@${roomsDomain}`);
    await this.#shown("converse-muc-sidebar").waitFor();
  }

  async say(text: string): Promise<void> {
    const field = this.#shown("textarea.chat-textarea");
    await field.fill(text);
    await field.press("Enter");
  }

  /** Resolves once a message with that text is on the page. */
  async sees(text: string): Promise<void> {
    await this.#message(text).first().waitFor();
  }

  /** How many messages with that text there are on the page now. */
  async count(text: string): Promise<number> {
    return this.#message(text).count();
  }

  /** By whom the message is, as the page has it. */
  async authorOf(text: string): Promise<string> {
    const message = this.#message(text).first();
    return (await message.locator(".chat-msg__author").first().textContent())?.trim() ?? "";
  }

  /** Resolves once the message has the mark of one that was received. */
  async seesReceiptOf(text: string): Promise<void> {
    await this.#message(text).locator(".chat-msg__receipt, .fa-check").first().waitFor();
  }

  /** Resolves once the message has the mark of one that came encrypted, and was read. */
  async seesLockOf(text: string): Promise<void> {
    await this.#message(text).locator(".chat-msg__heading .fa-lock").first().waitFor();
  }

  async seesOnline(contact: string): Promise<void> {
    await this.#shown(`a.open-chat[data-jid="${contact}@${domain}"] .contact-name--online`).waitFor();
  }

  /**
   * Encrypts what is said in this conversation from now on. It looks for the other's devices when it opens a chat, and
   * believes nobody later: where there were none yet, its page must be loaded again.
   */
  async lock(contact: string): Promise<void> {
    const toggle = this.#shown(".toggle-omemo:not([data-disabled=true])");
    if (!(await appears(toggle, 4000))) {
      await this.reload();
      await this.openChat(contact);
    }
    await toggle.click();
    await this.#shown(".toggle-omemo .fa-lock").waitFor();
  }

  async attach(name: string, mimeType: string, buffer: Buffer): Promise<void> {
    await this.#shown("converse-chat-toolbar").locator("input.fileupload").setInputFiles({ name, mimeType, buffer });
  }

  /** The size in pixels of the picture with that name, once it has been loaded. */
  async pictureSize(name: string): Promise<readonly [width: number, height: number]> {
    const picture = this.#page.locator(`.chat-msg:visible img[src*="${name}"]`).first();
    return picture.evaluate(async (image) => {
      await image.decode();
      return [image.naturalWidth, image.naturalHeight] as const;
    });
  }

  async reload(): Promise<void> {
    await this.#page.reload();
    await this.#loggedIn();
  }

  async screenshot(path: string): Promise<void> {
    await this.#page.screenshot({ path, animations: "disabled" });
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async #loggedIn(): Promise<void> {
    await this.#page.locator("converse-user-profile .xmpp-status").waitFor();
  }

  /**
   * By the entry in its lists if there is one, else by the page's own kind of link. Again, if need be: lists come a
   * while after the page, and a link to what is there already changes nothing.
   */
  async #turnTo(kind: "chat" | "room", jid: string): Promise<void> {
    const field = this.#shown(`.chatbox[jid="${jid}"] textarea.chat-textarea`);
    const entry = this.#shown(`a.open-chat[data-jid="${jid}"], a.open-room[data-room-jid="${jid}"]`);
    for (const until = Date.now() + patienceMs; Date.now() < until;) {
      if (await entry.isVisible()) await entry.click();
      else await this.#page.evaluate(`location.hash = ${JSON.stringify(`#converse/${kind}?jid=${jid}`)}`);
      if (await appears(field, 3000)) return;
    }
    throw new Error(`${this.user} cannot open ${jid}`);
  }

  #shown(selector: string): Locator {
    return this.#page.locator(`${selector}:visible`).first();
  }

  #message(text: string): Locator {
    return this.#page.locator(".chat-msg:visible", { hasText: text });
  }
}

function appears(place: Locator, withinMs: number): Promise<boolean> {
  return place.waitFor({ timeout: withinMs }).then(
    () => true,
    () => false,
  );
}
