### Les jours
today = aujourd’hui
yesterday = hier
days-ago = il y a { $days } jours
on-day = le { $day } { $month }
on-day-and-year = le { $day } { $month } { $year }
weekday-and-day = { $weekday } { $day } { $month } { $year }
weekday-0 = dim.
weekday-1 = lun.
weekday-2 = mar.
weekday-3 = mer.
weekday-4 = jeu.
weekday-5 = ven.
weekday-6 = sam.
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
day-and-time = { $day } à { $hour } h { $minute }
before-noon = du matin
after-noon = de l’après-midi
years = { $count ->
    [one] { $count } an
   *[other] { $count } ans
 }
months = { $count ->
    [one] { $count } mois
   *[other] { $count } mois
 }
weeks = { $count ->
    [one] { $count } semaine
   *[other] { $count } semaines
 }
days = { $count ->
    [one] { $count } jour
   *[other] { $count } jours
 }
hours = { $count ->
    [one] { $count } heure
   *[other] { $count } heures
 }
minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
 }
