### Le calendrier
calendar = Calendrier
calendar-lead = Formations et rencontres, les vôtres et celles de vos voisins, jour après jour.
calendar-find = Chercher dans le calendrier
calendar-new = Ajouter une date
times-are = Heures : { $name }
this-month = Ce mois-ci
in-month = En { $name }
month-caption = { $name }. Les mêmes dates sont dans la liste ci-dessous.
dates-held = { $count ->
    [one] 1 date
   *[other] { $count } dates
 }
nothing-in-month = Rien en { $name } pour l’instant
next-date = La prochaine date : { $name }
by-topic = Thème
by-county = Comté
by-mode = Comment
online = En ligne
on-paper = Sur papier
on-paper-means = Le mois sur une page, puis la liste, pour un tableau d’affichage.
print-month = Imprimer ce mois
seats = { $count ->
    [one] 1 place
   *[other] { $count } places
 }
is-cancelled = Annulé
is-postponed = Reporté
is-moved = Déplacé
is-tentative = Pas encore certain
when-they-are = Les dates sont dans le calendrier
