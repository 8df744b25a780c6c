package ruleset

// markOrigins fills in Rule.Origin.
func markOrigins(rs *Ruleset) {}
