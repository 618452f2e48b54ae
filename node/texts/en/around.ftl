### What stands around a record
checked-by = Checked by { $name }, { $when }
never-checked = Nobody has checked this yet
still-right = This is still right
languages-of-record = Languages of this record
translated = { $name }, { $by }, { $age }.
by-machine = by a machine
by-person = by a person
as-new = as new as the original
older-today = a little older than the original
older-days = { $count ->
    [one] 1 day older than the original
   *[other] { $count } days older than the original
 }
older-weeks = { $count ->
    [one] 1 week older than the original
   *[other] { $count } weeks older than the original
 }
older-months = { $count ->
    [one] 1 month older than the original
   *[other] { $count } months older than the original
 }
older-unknown = it may be older than the original
dates-of-it = When it is held
also-used-by = Also used by
used-lesson = { $name } tried it and wrote a lesson
used-version = { $name } made a version of their own
what-they-changed = What they changed:
and-others = { $count ->
    [one] and 1 more
   *[other] and { $count } more
 }
belongs-to-it = Belongs to it
see-also = See also
about-record = About this record
shared-by-whom = Shared by
used-by = { $count ->
    [one] Also used by 1
   *[other] Also used by { $count }
 }
