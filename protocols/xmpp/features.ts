// What we speak. To add a XEP: one file in features/, one line here.
import type { Feature } from "./feature.ts";
import { passedThrough } from "./features/passed-through.ts";
import { lastActivity } from "./features/xep-0012-last-activity.ts";
import { personalEventing } from "./features/xep-0163-pep.ts";
import { avatarConversion } from "./features/xep-0398-avatar-conversion.ts";
import { bookmarks } from "./features/xep-0402-bookmarks.ts";
import { privateStorage } from "./features/xep-0049-private-storage.ts";
import { commands } from "./features/xep-0050-commands.ts";
import { administration } from "./features/xep-0133-administration.ts";
import { invitations, preauthRegistration, preauthSubscription } from "./features/xep-0401-invitations.ts";
import { reporting } from "./features/xep-0377-reporting.ts";
import { channelSearch } from "./features/xep-0433-channel-search.ts";
import { vcard, vcardAvatars } from "./features/xep-0054-vcard.ts";
import { components } from "./features/xep-0114-components.ts";
import { softwareVersion } from "./features/xep-0092-version.ts";
import { capabilities } from "./features/xep-0115-capabilities.ts";
import { contactAddresses } from "./features/xep-0157-contact-addresses.ts";
import { entityTime } from "./features/xep-0202-time.ts";
import { externalServices } from "./features/xep-0215-external-services.ts";
import { extensibleSasl } from "./features/xep-0388-sasl2.ts";
import { bindTwo } from "./features/xep-0386-bind2.ts";
import { clientState } from "./features/xep-0352-client-state.ts";
import { pushNotifications } from "./features/xep-0357-push.ts";
import { httpUpload } from "./features/xep-0363-http-upload.ts";
import { streamLimits } from "./features/xep-0478-stream-limits.ts";
import {
  callSteps,
  corrections,
  fallbacks,
  forwards,
  outOfBandLinks,
  reactions,
  replies,
  retractions,
} from "./features/related-messages.ts";
import { bind, legacySession } from "./features/rfc6120-bind.ts";
import { oauth, sasl } from "./features/rfc6120-sasl.ts";
import { startTls } from "./features/rfc6120-starttls.ts";
import { messages } from "./features/rfc6121-message.ts";
import { presences } from "./features/rfc6121-presence.ts";
import { relayed } from "./features/rfc6121-relayed.ts";
import { roster } from "./features/rfc6121-roster.ts";
import { subscriptions } from "./features/rfc6121-subscriptions.ts";
import { disco } from "./features/xep-0030-disco.ts";
import { directInvitations } from "./features/xep-0045-muc-invites.ts";
import { muc, occupantIds, selfPing } from "./features/xep-0045-muc.ts";
import { publishSubscribe } from "./features/xep-0060-pubsub.ts";
import { registration } from "./features/xep-0077-registration.ts";
import { chatStates } from "./features/xep-0085-chat-states.ts";
import { compression } from "./features/xep-0138-compression.ts";
import { bosh, hostMeta } from "./features/xep-0156-host-meta.ts";
import { offlineMessages } from "./features/xep-0160-offline.ts";
import { receipts } from "./features/xep-0184-receipts.ts";
import { blocking } from "./features/xep-0191-blocking.ts";
import { streamManagement } from "./features/xep-0198-stream-management.ts";
import { ping } from "./features/xep-0199-ping.ts";
import { delay } from "./features/xep-0203-delay.ts";
import { carbons } from "./features/xep-0280-carbons.ts";
import { archive, fullTextSearch } from "./features/xep-0313-mam.ts";
import { markers } from "./features/xep-0333-markers.ts";
import { hints } from "./features/xep-0334-hints.ts";
import { stanzaIds } from "./features/xep-0359-stanza-ids.ts";
import { archivePreferences } from "./features/xep-0441-mam-preferences.ts";
import { channelBindings, downgradeProtection } from "./features/xep-0440-channel-bindings.ts";
import { fast } from "./features/xep-0484-fast.ts";
import { hats } from "./features/xep-0317-hats.ts";
import { notificationSettings } from "./features/xep-0492-notification-settings.ts";
import { roomAvatars } from "./features/xep-0486-room-avatars.ts";
import { moderation } from "./features/xep-0425-moderation.ts";

/** The order is that of <stream:features/>, and of what happens when a session begins, goes unavailable and ends. */
export const features: readonly Feature[] = [
  startTls, //         RFC 6120 §5
  sasl, //             RFC 6120 §6
  extensibleSasl, //   XEP-0388
  bindTwo, //          XEP-0386
  fast, //             XEP-0484
  oauth, //            RFC 7628
  channelBindings, //  XEP-0440
  downgradeProtection, // XEP-0474
  compression, //      XEP-0138: refused
  registration, //     XEP-0077
  bind, //             RFC 6120 §7
  legacySession, //    RFC 3921 §3
  streamManagement, // XEP-0198
  roster, //           RFC 6121 §2
  subscriptions, //    RFC 6121 §3
  muc, //              XEP-0045: leaves rooms before presence ends
  selfPing, //         XEP-0410
  occupantIds, //      XEP-0421
  directInvitations, // XEP-0249
  roomAvatars, //      XEP-0486
  hats, //             XEP-0317
  components, //       XEP-0114: its contacts hear before presence ends
  presences, //        RFC 6121 §4
  messages, //         RFC 6121 §5
  relayed, //          RFC 6121 §8
  disco, //            XEP-0030
  ping, //             XEP-0199
  offlineMessages, //  XEP-0160
  blocking, //         XEP-0191
  delay, //            XEP-0203
  stanzaIds, //        XEP-0359
  chatStates, //       XEP-0085
  receipts, //         XEP-0184
  markers, //          XEP-0333
  carbons, //          XEP-0280
  hints, //            XEP-0334
  archive, //          XEP-0313
  fullTextSearch, //   XEP-0431
  archivePreferences, // XEP-0441
  outOfBandLinks, //   XEP-0066
  corrections, //      XEP-0308
  retractions, //      XEP-0424
  moderation, //       XEP-0425
  fallbacks, //        XEP-0428
  forwards, //         XEP-0297
  callSteps, //        XEP-0353
  reactions, //        XEP-0444
  replies, //          XEP-0461
  hostMeta, //         XEP-0156
  bosh, //             XEP-0206
  capabilities, //     XEP-0115
  publishSubscribe, // XEP-0060
  personalEventing, // XEP-0163
  avatarConversion, // XEP-0398
  bookmarks, //        XEP-0402
  notificationSettings, // XEP-0492
  clientState, //      XEP-0352
  pushNotifications, // XEP-0357
  streamLimits, //     XEP-0478
  lastActivity, //     XEP-0012
  privateStorage, //   XEP-0049
  vcard, //            XEP-0054
  vcardAvatars, //     XEP-0153
  softwareVersion, //  XEP-0092
  commands, //         XEP-0050
  reporting, //        XEP-0377
  channelSearch, //    XEP-0433
  administration, //   XEP-0133
  invitations, //      XEP-0401
  preauthRegistration, // XEP-0445
  preauthSubscription, // XEP-0379
  contactAddresses, // XEP-0157
  entityTime, //       XEP-0202
  externalServices, // XEP-0215
  httpUpload, //       XEP-0363
  ...passedThrough, // between clients
];
