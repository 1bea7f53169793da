import type { Words } from "../base/locale";
import type { Act, Step } from "./payee";

type W = {
  title: string; steps: Record<Step, (who: string) => string>; acts: Record<Act, string>; failed: string;
  see: (who: string) => string; seen: string; asked: string; callOnly: string; stays: string; gone: string; recall: Record<string, (back: string) => string>;
};

export const words: Words<W> = {
  en: {
    title: "Who pays this account",
    steps: {
      catch: (who) => `Three customers pay the same account. One has already, and the money has gone. On ${who}’s phone, press “This was not me”.`,
      ask: (who) => `${who} is caught: her payment stays. Nothing follows for the others from what one customer says. Two people judge the account: press “Sam: …”. An agent would propose it from the case.`,
      agree: () => "It waits for a second person, and Sam cannot be that, too. Sue sees who paid there, how much, since when, and who says what. Press “Sue: …”.",
      carry: () => "Both agree. From this moment on no yes in an app releases a payment to this account, and the verdict is brought to each that waits.",
      recall: () => "What waited is taken back: look at the other phone below. Only a call, and two people, would release it. What had gone is proposed to be asked back: press “Ana: …”.",
      back: () => "The payee’s bank has been asked, and looks for the money. It takes a few seconds here.",
      reverse: () => "Whoever still waits can be called from Ana’s desk. Or two people reverse all that waits for this account at once: press “Sam and Sue: …”.",
      over: () => "One was caught, and all are stopped. A verdict ends after 90 days, and two people can lift it before: a wrong one harms somebody.",
    },
    acts: { ask: "Sam: this account passes on money from fraud", agree: "Sue: I have looked, and agree", recall: "Ana: ask for the money back", reverse: "Sam and Sue: reverse all that waits for it" },
    failed: "That did not work. Is the stack still running?",
    see: (who) => `See ${who}’s phone`, seen: "This phone is shown", asked: "is asked in the app", callOnly: "only a call can release it", stays: "the money stays", gone: "the money has gone",
    recall: { proposed: () => "gone; asking it back is proposed", declined: () => "gone, and not asked back", requested: () => "asked back", accepted: () => "the payee’s bank looks for it", returned: (m) => `${m} came back`, refused: () => "the payee’s bank has nothing to return" },
  },
  "zh-Hans": {
    title: "谁在向这个账户付款",
    steps: {
      catch: (who) => `三位客户向同一个账户付款，其中一位已经付出，钱已转走。请在 ${who} 的手机上点“这不是我操作的”。`,
      ask: (who) => `${who} 识破了骗局，款项没有转出。但仅凭一位客户的说法，不会影响其他人。这个账户须由两人认定：请点“Sam：……”。平时由坐席在案件中提出。`,
      agree: () => "认定须由第二人复核，Sam 不能兼任。Sue 能看到谁付过款、金额、账户何时出现，以及各方的说法。请点“Sue：……”。",
      carry: () => "两人意见一致。从此刻起，在应用中同意不再能放行向该账户的付款，认定会逐笔落实到所有等待中的付款。",
      recall: () => "等待中的付款已收回询问：请看下面另一位客户的手机。只有坐席致电并经两人确认才能放行。已转走的款项建议追回：请点“Ana：……”。",
      back: () => "已向收款银行发出追回请求，对方正在查找款项，这里只需几秒。",
      reverse: () => "仍在等待的客户可以由 Ana 的坐席致电；也可以由两人一次撤销向该账户的全部等待中付款：请点“Sam 和 Sue：……”。",
      over: () => "一人识破，全部止付。认定 90 天后失效，期间也可由两人解除：错误的认定会伤害无辜。",
    },
    acts: { ask: "Sam：这个账户转移诈骗资金", agree: "Sue：我已核对，同意", recall: "Ana：请求追回款项", reverse: "Sam 和 Sue：撤销向它的全部等待中付款" },
    failed: "操作未成功。开发环境还在运行吗？",
    see: (who) => `查看 ${who} 的手机`, seen: "正在显示这部手机", asked: "正在应用中询问", callOnly: "只有致电才能放行", stays: "款项未转出", gone: "款项已转走",
    recall: { proposed: () => "已转走，建议追回", declined: () => "已转走，不追回", requested: () => "已请求追回", accepted: () => "收款银行正在查找", returned: (m) => `已追回 ${m}`, refused: () => "收款银行无款可退" },
  },
};
