### La page d’un collectif
no-profile-yet = { $name } ne s’est pas encore présenté.
seven-components = Leur façon de travailler
seven-components-means = Les sept éléments de base d’un collectif, tels que le groupe les voit chez lui. Aucune lettre n’est juste ou fausse.
rates-itself = Leur propre évaluation : { $name }, sur une échelle de A à E
as-of = Au { $name }
can-teach = Peut enseigner
wants-to-learn = Veut apprendre
what-they-shared = Ce qu’ils ont partagé
they-meet = Quand ils se réunissent
reach-them = Les joindre
every-day = { $count ->
    [one] Chaque jour
   *[other] Tous les { $count } jours
 }
every-week = { $count ->
    [one] Chaque semaine
   *[other] Toutes les { $count } semaines
 }
every-month = { $count ->
    [one] Chaque mois
   *[other] Tous les { $count } mois
 }
every-year = { $count ->
    [one] Chaque année
   *[other] Tous les { $count } ans
 }
every-on = { $every } : { $days }
nth-1 = premier { $name }
nth-2 = deuxième { $name }
nth-3 = troisième { $name }
nth-4 = quatrième { $name }
nth-5 = cinquième { $name }
nth-last = dernier { $name }
so-many-times = { $count ->
    [one] une fois
   *[other] { $count } fois
 }
