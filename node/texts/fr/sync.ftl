### Où nous en sommes avec nos voisins, en haut de chaque page
sync-nobody = Pas encore de voisins
sync-up-to-date = { $count ->
    [one] À jour avec { $count } voisin
   *[other] À jour avec { $count } voisins
 }
sync-arriving = { $count ->
    [one] { $count } élément arrive
   *[other] { $count } éléments arrivent
 }
sync-waiting = En attente : { $name }
sync-waiting-since = En attente depuis { $when } : { $name }
sync-some = À jour avec { $count } sur { $of } voisins
### Ce qui est arrivé entre-temps
news-practices = { $name } a partagé une nouvelle pratique
news-lessons = { $name } a partagé une nouvelle leçon
news-trainings = { $name } a partagé une nouvelle formation
news-calendar = { $name } a partagé une nouvelle date
news-directory = { $name } a partagé une nouvelle aide locale
news-collaboratives = { $name } a partagé une nouvelle présentation
news-library = { $name } a partagé un document pour la bibliothèque
news-announcements = { $name } a partagé une nouvelle annonce
news-several = { $name } a partagé { $count } éléments
news-of-several = { $neighbors } voisins ont partagé { $count } éléments
news-show = Voir
news-close = Fermer cette note
without-connection = Vous lisez sans connexion. Ce que vous voyez peut dater.
