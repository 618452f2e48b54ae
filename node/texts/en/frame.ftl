### Around every page
skip = Skip to the main part of the page
main-menu = Main
quick-menu = Quick
all-sections = All sections
more = More
home = Home
about-this-site = Shared practices, trainings, and local help from { $name } and its neighbors.
whose-node = { $name } runs this copy of Commonweal. Here you read what it and its neighbors have made public.
printed-from = Printed from { $name }. Please check times before you travel.
colors = Colors
colors-device = As my device
colors-light = Light
colors-dark = Dark
language = Language
where-you-are = Where you are
settings = Settings
