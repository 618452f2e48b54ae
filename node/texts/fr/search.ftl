### La recherche
did-you-mean = Vouliez-vous dire :
still-reading = Nous parcourons encore toutes les fiches. Il peut en manquer pour un instant.
facet-kind = De quoi s’agit-il
facet-place = Où
facet-fresh = Modifié ou confirmé
fresh-month = Depuis un mois
fresh-half = Depuis six mois
fresh-year = Depuis un an
