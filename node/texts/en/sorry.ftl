### When something is not there
nothing-here = There is nothing here
nothing-here-then = The page may have moved, or it is not for everybody. Search for it, or start from home.
not-now = That did not work just now
not-now-then = Nothing is lost. Wait a moment, then load the page again.
reference = If it happens again, tell whoever looks after this computer the number { $name }.
