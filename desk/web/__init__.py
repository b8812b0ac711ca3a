"""The shell: the web application around every room's routes, its pages' frame and the live feed."""
