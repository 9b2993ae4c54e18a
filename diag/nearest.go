package diag

import "github.com/xrash/smetrics"

// Nearest returns the name that somebody may have meant who wrote a word that is none: the first by alphabet of those that
// differ from it in the fewest letters, or "" if all differ in more than a third of the word's.
func Nearest(word string, names []string) string {
	best, least := "", len(word)/3+1
	for _, n := range names {
		if max(len(n), len(word))-min(len(n), len(word)) > least {
			continue // too different, whatever the letters: names come from files and can be long
		}
		if d := smetrics.WagnerFischer(word, n, 1, 1, 1); d < least || d == least && best != "" && n < best {
			best, least = n, d
		}
	}
	return best
}
