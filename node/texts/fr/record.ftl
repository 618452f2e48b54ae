### Une fiche
shared-by-name = Partagé par { $name }
changed-when = modifié { $name }
at-a-glance = En bref
print = Imprimer
copy-link = Copier le lien
history = Ce qui a changé
two-answers = Deux réponses : { $name }
audience-private = Votre collectif seulement
audience-partners = Partenaires nommés
audience-network = Votre réseau
audience-public = Tout le monde
yes = Oui
no = Non
