"""Paper: the annual report and single sheets as tagged PDF, set by Typst from a publication's content.

Everything a user wrote reaches the typesetter as JSON data, never as markup.
"""
