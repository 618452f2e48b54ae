### Search
did-you-mean = Did you mean:
still-reading = We are still going through all records. Some may be missing for a moment.
facet-kind = What it is
facet-place = Where
facet-fresh = Changed or confirmed
fresh-month = In the last month
fresh-half = In the last half year
fresh-year = In the last year
