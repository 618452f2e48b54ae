### Days
today = today
yesterday = yesterday
days-ago = { $days } days ago
on-day = on { $month } { $day }
on-day-and-year = on { $month } { $day }, { $year }
weekday-and-day = { $weekday }, { $month } { $day }, { $year }
weekday-0 = Sun
weekday-1 = Mon
weekday-2 = Tue
weekday-3 = Wed
weekday-4 = Thu
weekday-5 = Fri
weekday-6 = Sat
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
day-and-time = { $day }, { $twelve }:{ $minute } { $half }
before-noon = AM
after-noon = PM
years = { $count ->
    [one] { $count } year
   *[other] { $count } years
 }
months = { $count ->
    [one] { $count } month
   *[other] { $count } months
 }
weeks = { $count ->
    [one] { $count } week
   *[other] { $count } weeks
 }
days = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
 }
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
