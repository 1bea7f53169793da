package messages

// SigninWords are the sentences of the pages around an agent's sign-in.
type SigninWords struct{ Lang, SignedIn, GoOn, NotSignedIn, Why, Again string }

// whyNot says why a sign-in came to nothing, by cause.
var whyNot = map[string]Text{
	"not_configured": {"Signing in to the console is not set up here: oidc_client_id is missing.", "此处未设置控制台登录：缺少 oidc_client_id。"},
	"unknown": {"This sign-in was not begun in this browser, was begun more than ten minutes ago, or was used before.",
		"此次登录不是从这个浏览器开始的、开始已超过十分钟，或已经用过。"},
	"declined": {"The identity provider did not sign you in.", "身份提供方没有让您登录。"},
	"invalid":  {"What the identity provider sent does not prove who you are.", "身份提供方发来的内容无法证明您的身份。"},
	"not_allowed": {"Your account may not use the console. Ask for the role agent, supervisor, auditor or branch.",
		"您的账户不能使用控制台。请申请坐席、主管、审计员或网点柜员角色。"},
	"revoked": {"Your access was revoked. Speak to your supervisor.", "您的访问权限已终止。请联系您的主管。"},
	"misconfigured": {"Signing in is set up wrongly: Holdfast and the identity provider do not fit together. Tell whoever runs Holdfast; " +
		"its log says why.", "登录设置有误：Holdfast 与身份提供方的设置不一致。请告知 Holdfast 的运维人员，日志中写有原因。"},
	"away": {"The identity provider does not answer. Try again in a moment.", "身份提供方没有响应。请稍后再试。"},
	"busy": {"That did not work, and nothing was changed. Try again in a moment.", "操作未成功，未作任何更改。请稍后再试。"},
}

// Signin are the sentences in a locale; cause is empty when it worked.
func Signin(cause, locale string) SigninWords {
	return SigninWords{Lang: Text{"en", "zh-Hans"}.In(locale), SignedIn: Text{"You are signed in.", "您已登录。"}.In(locale),
		GoOn:        Text{"Go on to the console", "前往控制台"}.In(locale),
		NotSignedIn: Text{"You are not signed in", "您尚未登录"}.In(locale), Why: whyNot[cause].In(locale), Again: Text{"Try again", "重试"}.In(locale)}
}
