### Lists
narrow = Narrow the list
shared-by = Shared by
show-results = Show results
found = { $count ->
    [one] 1 found
   *[other] { $count } found
 }
found-for = for “{ $name }”
clear-all = Clear all
newest-first = Newest first
best-first = Best first
no-match = Nothing matches
no-match-then = Try fewer words, or clear a filter.
nothing-shared = Nothing here yet
nothing-shared-then = { $name } has not made anything public here. Ask them to, or come back later.
pages = Pages
page-before = Page before
page-after = Next page
page-of = Page { $page } of { $pages }
