### Autour de chaque page
skip = Aller au contenu de la page
main-menu = Principal
quick-menu = Raccourcis
all-sections = Toutes les rubriques
more = Plus
home = Accueil
about-this-site = Pratiques, formations et aide locale partagées par { $name } et ses voisins.
whose-node = { $name } tient cette copie de Commonweal. Vous lisez ici ce que ce collectif et ses voisins ont rendu public.
printed-from = Imprimé depuis { $name }. Vérifiez les horaires avant de vous déplacer.
colors = Couleurs
colors-device = Comme mon appareil
colors-light = Clair
colors-dark = Sombre
language = Langue
where-you-are = Où vous êtes
settings = Réglages
