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
day-and-time = { $day } à { $time }
time-of-day = { $hour } h { $minute }
time-of-day-short = { $hour } h { $minute }
month-and-year = { $month } { $year }
month-short-1 = janv.
month-short-2 = févr.
month-short-3 = mars
month-short-4 = avr.
month-short-5 = mai
month-short-6 = juin
month-short-7 = juill.
month-short-8 = août
month-short-9 = sept.
month-short-10 = oct.
month-short-11 = nov.
month-short-12 = déc.
weekday-long-0 = dimanche
weekday-long-1 = lundi
weekday-long-2 = mardi
weekday-long-3 = mercredi
weekday-long-4 = jeudi
weekday-long-5 = vendredi
weekday-long-6 = samedi
zone-eastern = heure de l’Est
zone-central = heure du Centre
zone-mountain = heure des Rocheuses
zone-arizona = heure de l’Arizona
zone-pacific = heure du Pacifique
zone-alaska = heure de l’Alaska
zone-hawaii = heure d’Hawaï
zone-atlantic = heure de l’Atlantique
zone-of-city = heure locale ({ $name })
weeks-ago = { $count ->
    [one] il y a { $count } semaine
   *[other] il y a { $count } semaines
 }
months-ago = { $count ->
    [one] il y a { $count } mois
   *[other] il y a { $count } mois
 }
years-ago = { $count ->
    [one] il y a { $count } an
   *[other] il y a { $count } ans
 }
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
