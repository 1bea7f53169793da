// What an agent reads of somebody whom a customer trusts.
import type { Words } from "../../base/locale";

const en = {
  title: "People they trust",
  none: "The customer has named nobody.",
  statuses: { named: "Asked, not agreed yet", accepted: "Agreed, does not count yet", effective: "Counts", blocked: "Blocked by the customer" } as Record<string, string>,
  silent: "Tell nobody, and never say that they are blocked: the customer’s phone may be in their hands.",
  mayVeto: (at: string) => `may veto from ${at}`,
  leaves: (at: string) => `taken off in the app, counts until ${at}`,
  acts: { block: "Block", allow_veto: "Allow a veto", call: "Call them", text: "Text them", veto: "Take down their veto" } as Record<string, string>,
  means: {
    block: "Only if the customer is alone with you and asks for it. From now on this person is told nothing and heard in nothing. It is for good, and no phone shows it.",
    allow_veto: "Only if the customer asks for it. In three days this person may ask that a payment is released by a supervisor’s call alone. They approve and stop nothing.",
    call: "You see the number whole, which is counted. Say only: the customer asked us to name you; call them now on a number you know. Not a word of a payment, an amount or a payee.",
    text: "They get one text, without a link, to call the customer now. It says nothing of a payment. One a payment.",
    veto: "Only if you hear it from them on the number on record. Then only a supervisor’s call releases this payment. It stops nothing by itself. Three in 30 days.",
  } as Record<string, string>,
  acted: { call: "An agent called them", text: "They were sent a text", veto: "They vetoed it" } as Record<string, string>,
  dial: "Call this number now",
  sayOnly: "Say only: the customer asked us to name you; call them now on a number you know.",
  cancel: "Cancel",
  refusals: {
    contacts_off: "The bank’s policy does not have this.",
    contact_not_in_force: "This person does not count yet, or not for this.",
    contact_blocked: "The customer has blocked this person. Tell nobody.",
    contact_is_payee: "This person is who the payment goes to. Tell them nothing.",
    contact_number: "No text may be sent to this number now. Call them.",
    not_doubted: "Nothing speaks against this payment: there is nothing to tell anybody.",
    contact_acted: "That was done about this payment before.",
    contacts_spent: "That was done too often about this customer.",
    identity_missing: "The customer has to read out the two digits first.",
  } as Record<string, string>,
};

export const trusted: Words<typeof en> = {
  en,
  "zh-Hans": {
    title: "客户信任的联系人",
    none: "客户未指定联系人。",
    statuses: { named: "已询问，尚未同意", accepted: "已同意，尚未生效", effective: "已生效", blocked: "已被客户屏蔽" },
    silent: "请勿告知任何人，也不要提及已屏蔽：客户的手机可能在对方手中。",
    mayVeto: (at) => `${at}起可提出异议`,
    leaves: (at) => `已在应用内移除，${at}前仍有效`,
    acts: { block: "屏蔽", allow_veto: "允许提出异议", call: "致电此人", text: "发短信给此人", veto: "记录其异议" },
    means: {
      block: "仅限客户独自与您交谈并提出要求时。此后不再告知此人任何事，也不再听取其意见。此操作不可撤回，任何手机上都看不出来。",
      allow_veto: "仅限客户提出要求时。三天后，此人可要求某笔付款须经主管致电后才能放行，但不能同意或撤销付款。",
      call: "您将看到完整号码，此操作会计数。只说：客户曾请我们列您为联系人，请立即拨打您已知的号码联系对方。不得提及付款、金额或收款人。",
      text: "对方会收到一条不含链接的短信，请其立即联系客户，不提及付款。每笔付款一条。",
      veto: "仅限您拨打登记号码并由其本人提出时。此后这笔付款须经主管致电才能放行，异议本身不会撤销付款。30 天内最多三次。",
    },
    acted: { call: "坐席已致电此人", text: "已发短信给此人", veto: "此人已提出异议" },
    dial: "请立即拨打此号码",
    sayOnly: "只说：客户曾请我们列您为联系人，请立即拨打您已知的号码联系对方。",
    cancel: "取消",
    refusals: {
      contacts_off: "本行政策未启用此功能。",
      contact_not_in_force: "此人尚未生效，或不适用于此操作。",
      contact_blocked: "客户已屏蔽此人，请勿告知任何人。",
      contact_is_payee: "此人即收款人，请勿告知。",
      contact_number: "目前不能向该号码发短信，请致电。",
      not_doubted: "这笔付款没有可疑之处，无需告知他人。",
      contact_acted: "已对这笔付款做过此操作。",
      contacts_spent: "对该客户的此类操作次数过多。",
      identity_missing: "须先请客户读出两位数字。",
    },
  },
};
