package messages

import (
	"fmt"
	"strings"

	"holdfast/hold"
	"holdfast/locales"
)

// longest is what a text asks about where nothing else is known.
var longest = hold.Money{Minor: 999_999_99, Currency: "EUR"}

// longestTime is as long as dayAndTime says it.
const longestTime = "31. Sept. 23:59"

// TooLong are the texts of a locale that one message in GSM-7, or two in UCS-2, do not
// take: with the payee put as shortly as can be, a code of eight digits and an amount of six.
func TooLong(set *locales.Set, tag string, s Sender) (found []locales.Finding) {
	sentences := map[Text]string{textReleased: "", textStopped: "", textStoppedCall: "", textLocked: ""}
	for kind, sentence := range texts {
		sentences[sentence] = map[bool]string{true: codeLine}[kind.Asks()]
	}
	payee := strings.ReplaceAll(set.Say(tag, string(ending)), "{last}", "0000")
	if last := set.Say(tag, string(unnamed)); Segments(last) > Segments(payee) || len(last) > len(payee) {
		payee = last
	}
	for sentence, line := range sentences {
		in := set.Say(tag, string(sentence)) + line
		out := strings.NewReplacer("{bank}", s.name(in), "{host}", s.Host, "{amount}", Amount(longest), "{payee}", payee,
			"{who}", set.Say(tag, string(someone)), "{code}", "00000000", "{no}", set.Say(tag, string(replyNo)),
			"{lock}", set.Say(tag, string(lockNames["new_payees"])), "{when}", longestTime).Replace(in)
		if n, gsm := Units(out); !Fits(out) {
			most, letters := MaxUCS2, "UCS-2"
			if gsm {
				most, letters = MaxGSM, "GSM-7"
			}
			found = append(found, locales.Finding{File: tag + "/messages.json", Key: string(sentence), Fault: true,
				What: fmt.Sprintf("is too long for a text: %d in %s, at most %d%s", n, letters, most, foreign(out, gsm))})
		}
	}
	return found
}

// foreign names the sign for which a text needs twice the room.
func foreign(text string, gsm bool) string {
	if gsm {
		return ""
	}
	return fmt.Sprintf(", for “%c” (%U) is not in GSM-7", Foreign(text), Foreign(text))
}
