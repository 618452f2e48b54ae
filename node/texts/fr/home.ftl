### Accueil
home-lead = Ce que { $name } et ses voisins partagent avec tout le monde.
new-here = Nouveau ici
everything = Tout voir
all-trainings = Toutes les formations
who-shares-here = Qui partage ici
