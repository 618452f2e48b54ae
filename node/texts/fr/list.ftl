### Les listes
narrow = Affiner la liste
shared-by = Partagé par
show-results = Voir les résultats
found = { $count ->
    [one] { $count } résultat
   *[other] { $count } résultats
 }
found-for = pour « { $name } »
clear-all = Tout effacer
newest-first = Les plus récents d’abord
best-first = Les plus proches d’abord
no-match = Rien ne correspond
no-match-then = Essayez moins de mots, ou retirez un filtre.
nothing-shared = Rien ici pour l’instant
nothing-shared-then = { $name } n’a encore rien rendu public ici. Demandez-le-lui, ou revenez plus tard.
pages = Pages
page-before = Page précédente
page-after = Page suivante
page-of = Page { $page } sur { $pages }
