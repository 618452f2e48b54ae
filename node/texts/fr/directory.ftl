### L’aide locale
map-of = Carte des comtés : { $name }. Chaque lieu de la carte est dans la liste.
county-lines = Limites des comtés : U.S. Census Bureau.
print-list = Imprimer cette liste
what-in = { $what }, { $name }
county-of = { $name } (comté)
