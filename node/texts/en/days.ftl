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
day-and-time = { $day }, { $time }
time-of-day = { $twelve }:{ $minute } { $half }
time-of-day-short = { $twelve }:{ $minute }
month-and-year = { $month } { $year }
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
weekday-long-0 = Sunday
weekday-long-1 = Monday
weekday-long-2 = Tuesday
weekday-long-3 = Wednesday
weekday-long-4 = Thursday
weekday-long-5 = Friday
weekday-long-6 = Saturday
zone-eastern = Eastern Time
zone-central = Central Time
zone-mountain = Mountain Time
zone-arizona = Arizona Time
zone-pacific = Pacific Time
zone-alaska = Alaska Time
zone-hawaii = Hawaii Time
zone-atlantic = Atlantic Time
zone-of-city = { $name } time
weeks-ago = { $count ->
    [one] { $count } week ago
   *[other] { $count } weeks ago
 }
months-ago = { $count ->
    [one] { $count } month ago
   *[other] { $count } months ago
 }
years-ago = { $count ->
    [one] { $count } year ago
   *[other] { $count } years ago
 }
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
