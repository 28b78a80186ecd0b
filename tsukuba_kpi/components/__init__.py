"""What pages are built of. Templates get all of it with `{% load components %}`; /gallery/ shows it in DEBUG.

Every tag names its attributes: an unknown one, or a value outside its closed list, is a
TemplateSyntaxError instead of markup that looks right and does nothing.
"""
