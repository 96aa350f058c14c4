# SPDX-License-Identifier: Apache-2.0
"""Sphinx's settings; docs/site/build.py calls it with the folders."""

import attnwalk

project = "attnwalk"
author = "the attnwalk developers"
copyright = author  # noqa: A001
release = version = attnwalk.__version__

extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx_gallery.gen_gallery"]
root_doc = "index"
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
html_theme = "furo"
html_title = "attnwalk"
html_show_sourcelink = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

breathe_default_project = "attnwalk"
breathe_default_members = ("members",)
primary_domain = None
highlight_language = "none"

autodoc_typehints = "description"
autodoc_member_order = "bysource"

# The folder of the scripts is given on the command line.
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r".*\.py",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "min_reported_time": 1e9,
    "remove_config_comments": True,
}
