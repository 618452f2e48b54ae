### Quand il n’y a rien
nothing-here = Il n’y a rien ici
nothing-here-then = La page a peut-être changé d’adresse, ou elle n’est pas pour tout le monde. Cherchez-la, ou repartez de l’accueil.
not-now = Cela n’a pas marché cette fois
not-now-then = Rien n’est perdu. Attendez un instant, puis rechargez la page.
reference = Si cela se répète, donnez à qui s’occupe de cet ordinateur le numéro { $name }.
