// What an agent reads of the interview.
import type { Words } from "../../base/locale";

const en = {
  title: "Questions before paying",
  callOnly: "Released by a call only",
  waits: (at: string) => `No approval counts before ${at}. Refusing is always possible.`,
  waited: (at: string) => `It waited until ${at}, and was asked about anew.`,
  saidInApp: "In the app",
  saidByLink: "On the link’s page, by whoever holds it",
  saidAloud: "Asked aloud",
  saidAtCounter: "At the counter",
  contradicted: "The device says otherwise",
  readOut: "Read this out",
  askNote: "Ask every question in these words, and take down what the customer says. What you record cannot be changed.",
  record: "Record the answers",
  levels: { none: "Nothing found", warn: "A warning", wait: "A wait", talk: "A wait, then a call", stop: "Suspected scam" } as Record<string, string>,
  choices: { went_on: "They read the warning and went on.", told: "They said that somebody told them what to say.", stopped: "They stopped." } as Record<string, string>,
};

export const talk: Words<typeof en> = {
  en,
  "zh-Hans": {
    title: "付款前的询问",
    callOnly: "只能通过电话放行",
    waits: (at) => `${at} 之前同意无效；客户可随时拒绝。`,
    waited: (at) => `已等待至 ${at}，并已再次询问客户。`,
    saidInApp: "在应用中",
    saidByLink: "在链接页面上，由持有链接的人回答",
    saidAloud: "口头询问",
    saidAtCounter: "在柜台",
    contradicted: "与设备信息不符",
    readOut: "请念给客户听",
    askNote: "请逐字询问每个问题，并如实记录客户的回答。记录后不能更改。",
    record: "记录回答",
    levels: { none: "未发现异常", warn: "提示", wait: "等待", talk: "等待后电话核实", stop: "疑似诈骗" },
    choices: { went_on: "客户已阅读提示并继续。", told: "客户说有人教其这样回答。", stopped: "客户已取消。" },
  },
};
