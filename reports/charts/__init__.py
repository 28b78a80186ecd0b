"""Pictures drawn once as SVG: the same on the page, in print and in the PDF, readable in grey.

Only presentation attributes are used (no style, no script), so that a content security policy and a
typesetter take them alike. Beside each picture stands a table with the same figures.
"""
