package interview

// Question is the question of a code.
func (s Scenario) Question(code string) (Question, bool) {
	for _, q := range s.Questions {
		if q.Code == code {
			return q, true
		}
	}
	return Question{}, false
}

// Option is the answer of a code.
func (q Question) Option(code string) (Option, bool) {
	for _, o := range q.Options {
		if o.Code == code {
			return o, true
		}
	}
	return Option{}, false
}

// Warning is the warning of a code.
func (s Scenario) Warning(code string) (Warning, bool) {
	for _, w := range s.Warnings {
		if w.Code == code {
			return w, true
		}
	}
	return Warning{}, false
}

// Words is one answer as people read it.
type Words struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
}

// Words are answers in a locale. What the scenario does not know keeps its code.
func (s Scenario) Words(said []Said, locale string) []Words {
	words := make([]Words, 0, len(said))
	for _, a := range said {
		w := Words(a)
		if q, ok := s.Question(a.Question); ok {
			w.Question = q.Text.In(locale)
			if o, ok := q.Option(a.Answer); ok {
				w.Answer = o.Text.In(locale)
			}
		}
		words = append(words, w)
	}
	return words
}
