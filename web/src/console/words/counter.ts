// What a clerk reads at the counter, and what is printed for the customer.
import type { Words } from "../../base/locale";

const en = {
  title: "Counter",
  openTitle: "A customer at the counter",
  openBody: "Open their case by their customer id. Each look is counted and kept, with your reason.",
  customer: "Customer id",
  reason: "Reason",
  reasonHint: "Such as: asks why a transfer waits. It is kept with the case.",
  open: "Open the case",
  lost: "The case is not yours any more",
  lostBody: "Your time ran out, or the payment was decided elsewhere. Open it again if the customer is still with you.",
  document: "Which document did you look at?",
  documents: { passport: "Passport", id_card: "Identity card", driving_licence: "Driving licence" } as Record<string, string>,
  documentNote: "Write down no number of it: not here, and not in the note.",
  warning: "Print the warning",
  warningNote: "On paper, in the customer’s language.",
};

export const counter: Words<typeof en> = {
  en,
  "zh-Hans": {
    title: "柜台",
    openTitle: "柜台前的客户",
    openBody: "请用客户编号打开案件。每次查看都会计数并连同原因留存。",
    customer: "客户编号",
    reason: "原因",
    reasonHint: "例如：询问转账为何暂缓。将随案件留存。",
    open: "打开案件",
    lost: "该案件已不由您处理",
    lostBody: "处理时限已过，或付款已在别处决定。如客户仍在柜台，请重新打开。",
    document: "您核对的是哪种证件？",
    documents: { passport: "护照", id_card: "身份证", driving_licence: "驾驶证" },
    documentNote: "请勿在此处或备注中填写证件号码。",
    warning: "打印风险提示",
    warningNote: "以客户的语言打印在纸上。",
  },
};

const paper = {
  title: "Before you pay",
  about: "This payment is held:",
  to: "To",
  account: "Account",
  asked: "Ordered",
  stop: "You may stop it at any time, as long as it is held: tell us here, refuse it in the app, or call us on the number on your card.",
  never: "Nobody from the bank or the police asks you to move money, to keep quiet, or for a code. Whoever does is a criminal.",
  talk: "Take your time. Show this to somebody whom you trust before you pay.",
  none: "No warning belongs to this payment.",
  printed: (at: string) => `Printed ${at}`,
  print: "Print",
  back: "Back to the case",
};

/** In the customer's language, whatever the clerk's is. */
export const sheet: Words<typeof paper> = {
  en: paper,
  "zh-Hans": {
    title: "付款前请阅读",
    about: "以下付款已暂缓：",
    to: "收款人",
    account: "账号",
    asked: "提交时间",
    stop: "在暂缓期间，您可随时取消：当面告知我们、在应用中拒绝，或拨打银行卡上的电话。",
    never: "银行和警方都不会要求您转移资金、保密或提供验证码。提出此类要求的是犯罪分子。",
    talk: "请不要着急。付款前，请先给您信任的人看看。",
    none: "这笔付款没有对应的风险提示。",
    printed: (at) => `打印时间：${at}`,
    print: "打印",
    back: "返回案件",
  },
};
